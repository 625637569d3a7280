#include "gateway/auth/scope.h"

namespace layer::gateway {

std::string_view name(Scope scope) {
  switch (scope) {
    case Scope::kNone:
      return "none";
    case Scope::kRead:
      return "read";
    case Scope::kWrite:
      return "write";
    case Scope::kAdmin:
      return "admin";
  }
  return {};
}

std::optional<Scope> parse_scope(std::string_view text) {
  for (const Scope scope : {Scope::kRead, Scope::kWrite, Scope::kAdmin}) {
    if (text == name(scope)) {
      return scope;
    }
  }
  return std::nullopt;
}

}  // namespace layer::gateway
