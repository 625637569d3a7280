#include "gateway/auth/authorise.h"

namespace layer::gateway {
namespace {

Result<void> result_of(std::optional<AuthFailure> refusal, Scope needed) {
  if (refusal) {
    return std::unexpected(error_of(*refusal, needed));
  }
  return {};
}

// The store judges the bearer; the gateway only knows which stores are given it.
bool judged_by(const Caller& caller, std::string_view store) {
  return caller.is_passthrough() && caller.grants().stores.contains(store);
}

}  // namespace

std::optional<AuthFailure> find_refusal(const Caller& caller, Scope needed, std::string_view store,
                                        std::string_view ns, bool forwarded) {
  if (needed == Scope::kNone) {
    return std::nullopt;
  }
  const Grants& grants = caller.grants();
  if (caller.is_passthrough()) {
    if (!judged_by(caller, store)) {
      return store.empty() ? AuthFailure::kScope : AuthFailure::kNamespace;
    }
    return ns.empty() && !forwarded ? std::optional(AuthFailure::kScope) : std::nullopt;
  }
  if (store.empty()) {
    return grants.layer.allow(needed) ? std::nullopt : std::optional(AuthFailure::kScope);
  }
  if (ns.empty()) {
    if (grants.allow_store(needed, store)) {
      return std::nullopt;
    }
    return grants.allow_some(needed, store) ? AuthFailure::kNamespace : AuthFailure::kScope;
  }
  if (grants.allow_namespace(needed, store, ns)) {
    return std::nullopt;
  }
  return grants.reach(store, ns) ? AuthFailure::kScope : AuthFailure::kNamespace;
}

std::optional<AuthFailure> find_list_refusal(const Caller& caller, std::string_view store,
                                             bool forwarded) {
  const bool allowed = caller.is_passthrough() ? forwarded && judged_by(caller, store)
                                               : caller.grants().allow_some(Scope::kRead, store);
  return allowed ? std::nullopt : std::optional(AuthFailure::kScope);
}

Result<void> authorise(const Caller& caller, Scope needed, std::string_view store,
                       std::string_view ns) {
  return result_of(find_refusal(caller, needed, store, ns, false), needed);
}

Result<void> authorise_forwarded(const Caller& caller, Scope needed, std::string_view store,
                                 std::string_view ns) {
  return result_of(find_refusal(caller, needed, store, ns, true), needed);
}

Result<void> authorise_list(const Caller& caller, std::string_view store, bool forwarded) {
  return result_of(find_list_refusal(caller, store, forwarded), Scope::kRead);
}

bool may_read(const Caller& caller, std::string_view store, std::string_view ns) {
  if (caller.is_passthrough()) {
    return false;
  }
  const Grants& grants = caller.grants();
  if (store.empty()) {
    return grants.layer.allow(Scope::kRead);
  }
  return ns.empty() ? grants.allow_every_namespace(Scope::kRead, store)
                    : grants.allow_namespace(Scope::kRead, store, ns);
}

}  // namespace layer::gateway
