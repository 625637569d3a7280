// Which Index object speaks for a namespace that a caller names. The rule:
//
// 1. An Index has one logical name: the object's name, or, for an object made by discovery (label
//    layer.hev.dev/discovered=true), the exact namespace name in backend.namespace, because the
//    object's name is then only a spelling Kubernetes allows.
// 2. A caller's name is a logical name first. When no Index has it, it may be the physical name of
//    an Index in the default store: the rows are the same, so its settings hold as well.
// 3. Otherwise the namespace lies in the default store under its own name, with default settings.
//
// Thread safety: immutable once built. Cost: one hash look-up, two when the first finds nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "resources/object.h"

namespace layer::resources {

inline constexpr std::string_view kDiscoveredLabel = "layer.hev.dev/discovered";

// The name callers use. `object` may lack a spec; its name is then the object's.
std::string_view logical_namespace(const Object<IndexSpec>& object);

class IndexTable {
 public:
  IndexTable() = default;
  // `default_store` is the name that an absent storeRef stands for; it may be empty (unknown).
  IndexTable(std::span<const Object<IndexSpec>> indexes, std::string_view default_store);

  // Position in the span the table was built from.
  std::optional<std::size_t> find(std::string_view namespace_name) const;
  // An Index of that name is there but was never accepted: where the namespace lives is unknown,
  // and guessing the default store could write rows into the wrong one.
  bool is_undecided(std::string_view namespace_name) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  using Map = std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>>;
  Map logical_;
  Map physical_;   // of the default store
  Map undecided_;  // logical names without a usable spec
};

}  // namespace layer::resources
