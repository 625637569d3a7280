// What a key may do: scopes on the deployment (`layer`), and scopes with namespace patterns on each
// store (`vectorstore.<name>`). Thread safety: immutable once built. Cost: one map look-up and the
// patterns of that store.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/auth/glob.h"
#include "gateway/auth/scope.h"

namespace layer::gateway {

// Rights on one store. No patterns: every namespace.
struct StoreRight {
  Scopes scopes{};
  std::vector<Glob> namespaces{};

  bool covers(std::string_view ns) const;
  bool covers_everything() const;
};

struct Grants {
  // Rights on every store, those not named anywhere included: a key with scopes and nothing else.
  Scopes everywhere{};
  Scopes layer{};
  std::map<std::string, StoreRight, std::less<>> stores{};
  // `warehouse.<name>`: echoed to who asks, never interpreted here.
  std::map<std::string, std::vector<std::string>, std::less<>> claims{};

  // A key that may do `scopes` on the deployment and on every store.
  static Grants of_everything(Scopes scopes) { return {.everywhere = scopes, .layer = scopes}; }

  // `needed` on every namespace of the store.
  bool allow_every_namespace(Scope needed, std::string_view store) const;
  // What concerns the store as a whole: that, or admin of the deployment.
  bool allow_store(Scope needed, std::string_view store) const;
  bool allow_namespace(Scope needed, std::string_view store, std::string_view ns) const;
  // Some right on the store reaches the namespace, whatever its scope.
  bool reach(std::string_view store, std::string_view ns) const;
  // `needed` on at least some namespace of the store.
  bool allow_some(Scope needed, std::string_view store) const;
};

}  // namespace layer::gateway
