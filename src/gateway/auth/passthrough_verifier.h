// Proof that a passthrough caller's bearer opens a namespace, needed before the gateway shows what
// it holds itself: cached rows, snapshots, history, jobs, capabilities, layer metadata (rule A3 of
// the contract). Nothing else needs it: what the store answers, the store has checked.
//
// One GET /v2/namespaces/{ns}/metadata with the bearer. Success is remembered for 60 s, a refusal
// for 10 s, per (digest of the bearer, store, namespace); anything else (404, an unreachable store)
// is not remembered. Callers that ask for the same thing at the same time share one call.
// Thread safety: any loop, concurrently. Bounds: kEntriesMax remembered, the least used go first.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "async/task.h"
#include "core/error.h"
#include "gateway/auth/authenticator.h"
#include "gateway/auth/caller.h"
#include "store/vector_store.h"

namespace layer::gateway {

class PassthroughVerifier {
 public:
  static constexpr async::Duration kAllowedFor = std::chrono::seconds(60);
  static constexpr async::Duration kRefusedFor = std::chrono::seconds(10);
  static constexpr std::size_t kEntriesMax = 10'000;

  struct Options {
    std::size_t entries_max = kEntriesMax;
    std::function<async::TimePoint()> now{};  // empty: the steady clock
  };
  // `auth` counts the refusals and outlives the verifier.
  explicit PassthroughVerifier(Authenticator& auth) : PassthroughVerifier(auth, Options()) {}
  PassthroughVerifier(Authenticator& auth, Options options);
  ~PassthroughVerifier();
  PassthroughVerifier(const PassthroughVerifier&) = delete;
  PassthroughVerifier& operator=(const PassthroughVerifier&) = delete;

  // At once for every other kind of caller. `ns` is the physical name of the namespace at the
  // store. Errors: kForbidden (the store refused the bearer), kNotFound (no such namespace for this
  // bearer), kRateLimited (the store answered 429), kUpstream with field "upstream_status" (any
  // other answer), kGatewayTimeout (the deadline passed), kCancelled, and those of the store.
  async::Task<Result<void>> verify(Caller caller, store::VectorStore& store, std::string ns,
                                   async::TimePoint deadline);

 private:
  struct State;
  struct Flight;
  Authenticator& auth_;
  std::unique_ptr<State> state_;
};

}  // namespace layer::gateway
