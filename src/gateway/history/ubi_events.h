// POST /v2/ubi/events: what was done with results, told by the programs that showed them (rule HI6
// of the contract). Thread safety: as RouteHandler.
#pragma once

#include "gateway/auth/authenticator.h"
#include "gateway/auth/passthrough_verifier.h"
#include "gateway/history/entry_writer.h"
#include "gateway/route_handler.h"

namespace layer::gateway {

class UbiEvents final : public RouteHandler {
 public:
  // Both outlive the route; `writer` null: history is switched off.
  UbiEvents(EntryWriter* writer, Authenticator& auth)
      : writer_(writer), auth_(auth), verifier_(auth) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  struct Batch;
  async::Task<Result<void>> may_tell(Exchange& exchange, std::string ns);
  // The event's action as metrics name it.
  async::Task<Result<std::string_view>> take(Exchange& exchange, Batch& batch,
                                             std::string_view event);

  EntryWriter* writer_;
  Authenticator& auth_;
  PassthroughVerifier verifier_;
};

}  // namespace layer::gateway
