// The whole way of a request: which route, whose namespace, who asks, may they, how long; then its
// handler; then the headers of the answer, its line in the log and its metrics.
// Thread safety: as http::Handler; refuse_new() and the counters from any thread.
// Cost without features: no lock, one allocation for the context and what the handler needs.
#pragma once

#include <atomic>
#include <cstddef>

#include "async/cpu_pool.h"
#include "core/log.h"
#include "gateway/auth/authenticator.h"
#include "gateway/auth/passthrough_verifier.h"
#include "gateway/cors.h"
#include "gateway/deadlines.h"
#include "gateway/request_metrics.h"
#include "gateway/route_handler.h"
#include "gateway/target.h"
#include "http/message.h"

namespace layer::gateway {

class Gateway final : public http::Handler {
 public:
  // What is referred to outlives the gateway.
  struct Parts {
    Targets& targets;
    Authenticator& auth;
    const RouteHandlers& handlers;
    RouteHandler& forward;  // what answers routes of the store's wire that have no handler
    const Deadlines& deadlines;
    const Cors& cors;
    RequestMetrics& metrics;
    core::Logger& log;
    async::CpuPool& codec_pool;  // packs large answers of the gateway
  };
  struct Options {
    bool access_log = true;
    std::size_t in_flight_max = 4096;
  };
  Gateway(Parts parts, Options options) : parts_(parts), options_(options), verifier_(parts.auth) {}

  async::Task<http::Response> handle(http::Request& request) override;
  http::Response failed(const Error& error) override;

  // From now on routes that need a key answer 503 `gateway_draining`, after the key was checked.
  void refuse_new() { refusing_.store(true, std::memory_order_relaxed); }
  // Requests from their head to the end of their answer.
  std::size_t in_flight() const { return in_flight_.load(std::memory_order_relaxed); }

 private:
  class Tracked;
  class TrackedBody;

  async::Task<Result<http::Response>> answer(Exchange& exchange);
  async::Task<Result<http::Response>> dispatch(Exchange& exchange);
  async::Task<Result<void>> admit(Exchange& exchange);
  Result<void> authorise(const Exchange& exchange);
  async::Task<Result<void>> verify(Exchange& exchange);
  async::Task<> pack(const Exchange& exchange, http::Response& response);
  void dress(Exchange& exchange, http::Response& response) const;
  void finish(const Exchange& exchange, int status, bool complete);

  Parts parts_;
  Options options_;
  PassthroughVerifier verifier_;
  std::atomic<bool> refusing_{false};
  std::atomic<std::size_t> in_flight_{0};
};

}  // namespace layer::gateway
