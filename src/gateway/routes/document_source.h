// What the routes of documents share: where a namespace's rows are, what the caller asks of them,
// and a read that notices when what it knew of the namespace was old. Thread safety: as
// RouteHandler. Cost of a cached row beside the cache's own: a few look-ups in memory, no call.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "core/signer.h"
#include "features/documents/fetcher.h"
#include "features/documents/projection.h"
#include "features/documents/shape_cache.h"
#include "features/freshness/hybrid_clock.h"
#include "features/namespaces/routing.h"
#include "features/namespaces/state_cache.h"
#include "gateway/exchange.h"

namespace layer::gateway {

// What rule 2.8 of the contract allows in one batch.
inline constexpr std::size_t kFetchIdsMax = 10'000;

class DocumentSource {
 public:
  // What is referred to outlives the source.
  struct Parts {
    const features::namespaces::Router& router;
    features::namespaces::StateCache& states;
    features::documents::ShapeCache& shapes;
    features::documents::Fetcher& fetcher;
    features::freshness::HybridClock& hlc;
    const core::Clock& clock;
    const core::Signer& signer;
    // A read met rows of the namespace that were not cached; null: nobody cares.
    std::function<void(std::string_view ns)> missed{};
    std::uint64_t gateway_id = 0;
    bool cache_shared = false;  // other gateways' writes are seen in the cache
  };
  explicit DocumentSource(Parts parts) : parts_(std::move(parts)) {}

  // Which ids, once their kind is known. Called again when the kind proves to be another.
  using ReadIds = std::function<Result<std::vector<wire::Id>>(wire::IdType)>;
  struct Read {
    std::vector<wire::Id> ids{};             // in the order asked, no two the same
    features::documents::Fetched fetched{};  // `refusal` as well where it came before any row
    features::documents::ShapePtr shape{};
    cache::CachedNamespace ns{};
  };
  struct Ask {
    features::documents::Level level = features::documents::Level::kStrong;
    std::optional<wire::IdType> id_type{};
    bool skip_cache = false;
  };
  // Query parameters and headers. Errors: kValidation, kInvalidToken.
  Result<Ask> read_ask(const Exchange& exchange) const;
  // Adds what it took to the exchange, and the headers x-layer-cache and x-layer-served-by.
  async::Task<Result<Read>> read(Exchange& exchange, const Ask& ask, const ReadIds& read_ids);

  // The store's refusal as it came (rule E1).
  static http::Response relay(Exchange& exchange, const features::documents::Refusal& refusal);
  // Warns of vectors among the names.
  static void warn_of_vectors(Exchange& exchange, const features::documents::Shape& shape,
                              const std::vector<std::string>& names);

 private:
  struct Place {
    cache::CachedNamespace ns;
    features::documents::Origin origin;
    bool state_known = true;
  };
  async::Task<Result<Place>> find(const Exchange& exchange);

  Parts parts_;
};

}  // namespace layer::gateway
