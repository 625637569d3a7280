#include "gateway/target_access.h"

#include "gateway/auth/authorise.h"

namespace layer::gateway {

async::Task<Result<void>> TargetAccess::authorise(const Exchange& exchange, Scope scope,
                                                  std::string ns) {
  LAYER_CO_ASSIGN(const Target target, targets_.resolve(ns));
  LAYER_CO_TRY(auth_.authorise(*exchange.caller, scope, target.store->name(), ns));
  co_return co_await verifier_.verify(*exchange.caller, *target.store, target.physical.value_or(ns),
                                      exchange.deadline);
}

Result<void> TargetAccess::authorise_all(const Exchange& exchange, Scope scope) {
  LAYER_ASSIGN(const Target target, targets_.resolve(""));
  return auth_.authorise(*exchange.caller, scope, target.store->name(), "");
}

bool TargetAccess::may_read(const Exchange& exchange, const std::string& ns) const {
  const auto target = targets_.resolve(ns);
  return target && gateway::may_read(*exchange.caller, target->store->name(), ns);
}

bool TargetAccess::may(const Exchange& exchange, Scope scope, const std::string& ns) const {
  const auto target = targets_.resolve(ns);
  return target && !exchange.caller->is_passthrough() &&
         !find_refusal(*exchange.caller, scope, target->store->name(), ns, false);
}

}  // namespace layer::gateway
