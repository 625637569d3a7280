// May this caller do that? Pure look-ups in the caller's grants; who calls them counts refusals
// with Authenticator::refused() or calls the authenticator's functions of the same names.
//
// `ns` is the logical namespace, percent-decoded once. Patterns see exactly that text, so "..%2f"
// and its like never reach a pattern in another spelling than the store's.
// Thread safety: pure functions. Errors: kForbidden, with field "required_scope" where it is the
// scope that lacks.
#pragma once

#include <optional>
#include <string_view>

#include "core/error.h"
#include "gateway/auth/caller.h"
#include "gateway/auth/failure.h"
#include "gateway/auth/scope.h"

namespace layer::gateway {

// Both names: a namespace of that store. `ns` empty: the store as a whole, which takes the scope on
// all its namespaces, or admin of the deployment. Both empty: a route of the deployment.
// Passthrough callers pass on namespaces, because the store judges their bearer (before the gateway
// shows anything it holds itself: PassthroughVerifier); they never pass on a whole store or on the
// deployment.
Result<void> authorise(const Caller& caller, Scope needed, std::string_view store,
                       std::string_view ns);

// A request of which every byte goes to the store with the caller's bearer and whose answer is the
// store's alone, like an unclaimed path or the store's own list of namespaces. As authorise(), but
// passthrough callers pass.
Result<void> authorise_forwarded(const Caller& caller, Scope needed, std::string_view store,
                                 std::string_view ns);

// A list of a store's namespaces that is then filtered with may_read(): read on some of them is
// enough. Passthrough callers pass when `forwarded`, that is, when the list is the store's own.
Result<void> authorise_list(const Caller& caller, std::string_view store, bool forwarded);

// Does the caller see this namespace (or, `ns` empty, every namespace of the store; both empty:
// things of the deployment) in lists? False for passthrough callers, whom only the store knows.
bool may_read(const Caller& caller, std::string_view store, std::string_view ns);

// The verdicts behind the functions above, for who counts them: nullopt lets pass.
std::optional<AuthFailure> find_refusal(const Caller& caller, Scope needed, std::string_view store,
                                        std::string_view ns, bool forwarded);
std::optional<AuthFailure> find_list_refusal(const Caller& caller, std::string_view store,
                                             bool forwarded);

}  // namespace layer::gateway
