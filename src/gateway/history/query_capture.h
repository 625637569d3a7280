// A query route whose requests are recorded (rules HI1 to HI4 of the contract): it hands the
// request on to the handler it wraps and keeps a copy of what passes. Thread safety: as
// RouteHandler. Cost beside the copies: one look-up of the namespace.
#pragma once

#include "gateway/history/entry_writer.h"
#include "gateway/route_handler.h"

namespace layer::gateway {

class QueryCapture final : public RouteHandler {
 public:
  // Both outlive it.
  QueryCapture(EntryWriter& writer, RouteHandler& inner) : writer_(writer), inner_(inner) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  std::optional<PassedQuery> begin(Exchange& exchange, features::capture::HistoryHeaders headers);
  void end(Exchange& exchange, const async::Executor& loop, PassedQuery passed, int status);

  EntryWriter& writer_;
  RouteHandler& inner_;
};

// Rule HI4: on routes that the gateway makes a faulty header is an error, elsewhere it is dropped
// and counted. Errors: kValidation.
Result<void> check_history_headers(const Exchange& exchange, EntryWriter& writer,
                                   const features::capture::HistoryHeaders& headers);
// Who asks, completed with the key and, where the caller named none, the trace as query id.
features::history::Identity who_asks(const Exchange& exchange,
                                     const features::capture::HistoryHeaders& headers);

}  // namespace layer::gateway
