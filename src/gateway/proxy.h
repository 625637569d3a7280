// The plain exchange (rules T1 to T9 of the contract): the store gets the caller's request, the
// caller gets the store's answer, byte for byte. Routes with a feature of their own use the parts:
// make_call(), send(), relay().
// Thread safety: all calls from any loop, concurrently. Cost: no lock; bodies are streamed both
// ways and a slow reader slows the sender.
#pragma once

#include <atomic>
#include <cstdint>

#include "async/task.h"
#include "gateway/auth/authenticator.h"
#include "gateway/exchange.h"
#include "gateway/route_handler.h"
#include "store/vector_store.h"

namespace layer::gateway {

class Proxy final : public RouteHandler {
 public:
  struct Options {
    std::uint64_t decoded_bytes_max;  // of a body whose coding is undone on the way
    bool tls = false;                 // callers reach the gateway over TLS
    // From here on writes whose caller has left are no longer protected, so that a stop that has
    // run out of patience ends them. Epoch of the steady clock.
    const std::atomic<async::Duration::rep>* abandon_writes_at = nullptr;
  };
  Proxy(Authenticator& auth, Options options) : auth_(auth), options_(options) {}

  // Forwards the request and gives back the answer.
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

  // The call for this request: method, raw target with the physical name, headers, credential,
  // deadline, kind; without a body. `decoded`: its body has lost its content coding.
  static store::Call make_call(const Exchange& exchange, bool decoded);
  // Sends to the exchange's store. Adds to exchange.upstream. A write runs to its end even when its
  // caller leaves (rule U5); a read is cancelled.
  async::Task<Result<store::Answer>> send(Exchange& exchange, store::Call call);
  // Between these the current task is not cancelled, so that what a write began is ended; nor, with
  // unshield(), by a caller who left meanwhile.
  async::Task<> shield() const;
  static async::Task<> unshield();
  // The store's answer as the caller gets it; absolute locations on the store point to the gateway.
  http::Response relay(Exchange& exchange, store::Answer answer) const;

 private:
  async::Task<Result<store::Answer>> forward_body(Exchange& exchange, http::Body& body,
                                                  bool decoded);

  Authenticator& auth_;
  Options options_;
};

}  // namespace layer::gateway
