// May a caller do that in a namespace, when what it asks for is the gateway's own (a queue, a job)
// and the store is not asked? Thread safety: any loop, concurrently.
#pragma once

#include <string>

#include "gateway/auth/passthrough_verifier.h"
#include "gateway/exchange.h"

namespace layer::gateway {

class TargetAccess {
 public:
  // All of it outlives this.
  TargetAccess(Targets& targets, Authenticator& auth)
      : targets_(targets), auth_(auth), verifier_(auth) {}

  // A bearer that only its store knows must have been let in there. Errors: kForbidden, those of
  // Targets and of PassthroughVerifier.
  async::Task<Result<void>> authorise(const Exchange& exchange, Scope scope, std::string ns);
  // All namespaces of the default store.
  Result<void> authorise_all(const Exchange& exchange, Scope scope);
  bool may_read(const Exchange& exchange, const std::string& ns) const;
  // As authorise() for keys; never for passthrough callers.
  bool may(const Exchange& exchange, Scope scope, const std::string& ns) const;

 private:
  Targets& targets_;
  Authenticator& auth_;
  PassthroughVerifier verifier_;
};

}  // namespace layer::gateway
