// A store behind HTTP. Each event loop has its own client, so a call stays on the loop that makes
// it and shares nothing but counters with the others: no lock on its way.
//
// A call's target is sent byte for byte behind the base URL's path. `Host` is the store's.
// `Authorization` is Call.authorization (the header's whole value, "Bearer ...") or else the
// store's credential; one among Call.headers is not sent, nor are hop-by-hop headers.
//
// Answers: hop-by-hop headers and content-length are cut; a body that came along with its head is
// in Answer.body and its connection already kept, a longer one is Answer.stream, with a size()
// where content-length gave one. A body that breaks or ends early is an error of next().
//
// Repetition, breaker and budget follow rules U1 to U4 of the contract: retry_policy.h, breaker.h,
// retry_budget.h. Errors carry the fields "store" and "upstream_category" (http::ClientFailure),
// and "outcome": "unknown" when a write may have been applied.
//
// Cancellation: a cancelled call closes its connection and ends with kCancelled, writes too; who
// needs a write to run to its end shields the call. Calls and answers' bodies end before the store
// goes; loops outlive it.
// Thread safety: send() on one of the loops it was made with; the rest anywhere.
#pragma once

#include <memory>
#include <vector>

#include "async/loops.h"
#include "core/metrics.h"
#include "store/turbopuffer/remote_clock.h"
#include "store/turbopuffer/remote_options.h"
#include "store/vector_store.h"

namespace layer::store {

class RemoteStore final : public VectorStore {
 public:
  // Opens no connection. Errors: kInvalidArgument (URL, region, CA file). `metrics` and `clock`
  // outlive the store; without a clock it is the machine's.
  static Result<std::unique_ptr<RemoteStore>> make(RemoteOptions options, async::Loops& loops,
                                                   core::Metrics& metrics,
                                                   RemoteClock* clock = nullptr);
  ~RemoteStore() override;

  async::Task<Result<Answer>> send(Call call) override;

  std::string_view name() const override;
  std::string_view kind() const override { return "turbopuffer"; }
  std::string_view origin() const override;
  const Capabilities& capabilities() const override;
  StoreStatus status() const override;

 private:
  class Impl;
  explicit RemoteStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace layer::store
