// Schema and metadata routes of the store's wire: answers are relayed without the members that
// describe reserved attributes (rule T5 b of the contract). Thread safety: as RouteHandler.
#pragma once

#include "gateway/namespace_settings.h"
#include "gateway/proxy.h"
#include "gateway/route_handler.h"

namespace layer::gateway {

// A schema answer is far below this; a larger one is relayed as it is.
inline constexpr std::size_t held_schema_bytes_max = 8 * core::limits::kMiB;

class SchemaRoute final : public RouteHandler {
 public:
  enum class Answer : std::uint8_t { kSchema, kMetadata };  // where the attributes stand
  SchemaRoute(Proxy& proxy, NamespaceSettingsSource& settings, Answer answer)
      : proxy_(proxy), settings_(settings), answer_(answer) {}

  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  async::Task<Result<void>> hide(store::Answer& answer) const;

  Proxy& proxy_;
  NamespaceSettingsSource& settings_;
  const Answer answer_;
};

}  // namespace layer::gateway
