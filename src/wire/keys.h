// Objects whose members each have a place to go: one table per object is its reader, and the list
// its errors name. A null counts as left out. Thread safety: free functions.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "wire/shape.h"

namespace layer::wire {

// One key of an object: where its value goes.
template <class Target>
struct Key {
  std::string_view name;
  Result<void> (*read)(Target& out, const json::Value& value, const Path& path);
};

enum class UnknownKeys : std::uint8_t { kIgnored, kRefused };

template <class Target, std::size_t N>
Result<void> read_keys(const Key<Target> (&keys)[N], Target& out, const json::Object& object,
                       const Path& path, UnknownKeys unknown = UnknownKeys::kIgnored) {
  for (const auto& [name, value] : object) {
    const Key<Target>* known = nullptr;
    for (const Key<Target>& key : keys) {
      if (key.name == name) {
        known = &key;
      }
    }
    if (known != nullptr && !value.is_null()) {
      LAYER_TRY(known->read(out, value, path.member(known->name)));
    }
    if (known == nullptr && unknown == UnknownKeys::kRefused) {
      std::array<std::string_view, N> names;
      for (std::size_t i = 0; i < N; ++i) {
        names[i] = keys[i].name;
      }
      return unknown_field(path, name, names);
    }
  }
  return {};
}

// Readers of members that are plain flags.
template <auto Member, class Target>
Result<void> into_flag(Target& out, const json::Value& value, const Path& path) {
  LAYER_ASSIGN(out.*Member, read_bool(value, path));
  return {};
}

}  // namespace layer::wire
