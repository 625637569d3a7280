// Who sends this request? Finds the caller by the Authorization header and the mode of the store
// that serves the namespace; routes of the deployment give the default store.
// Thread safety: all of it, from any thread; replace() takes effect with the next request.
// Cost: one SHA-256 and one hash look-up a key source; no I/O.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "async/task.h"
#include "core/error.h"
#include "core/log.h"
#include "core/metrics.h"
#include "gateway/auth/auth_policy.h"
#include "gateway/auth/authorise.h"
#include "gateway/auth/caller.h"
#include "gateway/auth/failure.h"
#include "gateway/auth/key_source.h"
#include "http/headers.h"
#include "store/vector_store.h"

namespace layer::gateway {

class Authenticator {
 public:
  struct Parts {
    std::shared_ptr<const AuthPolicy> policy;
    std::vector<const KeySource*> sources;  // asked in order; they outlive the authenticator
    core::Metrics& metrics;
    core::Logger& log;
    std::function<std::int64_t()> wall_ms{};  // empty: the system clock
  };
  explicit Authenticator(Parts parts);

  // Errors: kUnauthorized (no bearer, or not one), kForbidden (unknown or expired key),
  // kServiceUnavailable (unknown key while a source of keys is away). Each is counted in
  // layer_auth_failures_total{reason} and logged without the bearer.
  // Headers and store must live until the task ends, which it does without suspending.
  async::Task<Result<Caller>> authenticate(const http::Headers& headers,
                                           const store::VectorStore& store_of_the_namespace);

  // The functions of authorise.h, with refusals counted and logged.
  Result<void> authorise(const Caller& caller, Scope needed, std::string_view store,
                         std::string_view ns);
  Result<void> authorise_forwarded(const Caller& caller, Scope needed, std::string_view store,
                                   std::string_view ns);
  Result<void> authorise_list(const Caller& caller, std::string_view store, bool forwarded);

  // Counts and logs a refusal that was found elsewhere. `key` is a key's name, or empty.
  void refused(AuthFailure failure, std::string_view store, std::string_view key = {});

  std::shared_ptr<const AuthPolicy> policy() const;
  void replace(std::shared_ptr<const AuthPolicy> policy);

 private:
  std::expected<Caller, AuthFailure> find(const http::Headers& headers, std::string_view store);

  Parts parts_;
  mutable std::mutex mutex_;  // guards parts_.policy
};

}  // namespace layer::gateway
