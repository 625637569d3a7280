#include "gateway/auth/grants.h"

#include <algorithm>

namespace layer::gateway {
namespace {

const StoreRight* find(const Grants& grants, std::string_view store) {
  const auto found = grants.stores.find(store);
  return found == grants.stores.end() ? nullptr : &found->second;
}

}  // namespace

bool StoreRight::covers(std::string_view ns) const {
  return namespaces.empty() ||
         std::ranges::any_of(namespaces, [&](const Glob& glob) { return glob.matches(ns); });
}

bool StoreRight::covers_everything() const {
  return namespaces.empty() || std::ranges::any_of(namespaces, &Glob::matches_everything);
}

bool Grants::allow_every_namespace(Scope needed, std::string_view store) const {
  const StoreRight* const right = find(*this, store);
  return everywhere.allow(needed) ||
         (right != nullptr && right->scopes.allow(needed) && right->covers_everything());
}

bool Grants::allow_store(Scope needed, std::string_view store) const {
  return allow_every_namespace(needed, store) || layer.allow(Scope::kAdmin);
}

bool Grants::allow_namespace(Scope needed, std::string_view store, std::string_view ns) const {
  const StoreRight* const right = find(*this, store);
  return everywhere.allow(needed) ||
         (right != nullptr && right->scopes.allow(needed) && right->covers(ns));
}

bool Grants::reach(std::string_view store, std::string_view ns) const {
  const StoreRight* const right = find(*this, store);
  return !everywhere.empty() || (right != nullptr && right->covers(ns));
}

bool Grants::allow_some(Scope needed, std::string_view store) const {
  const StoreRight* const right = find(*this, store);
  return everywhere.allow(needed) || (right != nullptr && right->scopes.allow(needed));
}

}  // namespace layer::gateway
