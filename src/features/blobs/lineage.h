// Where a namespace comes from and what comes from it, as namespaces/{ns}/lineage.json tells.
// Thread safety: plain values, pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace layer::features::blobs {

inline constexpr std::size_t kAncestorsMax = 64;  // looked at; a chain of branches is short
inline constexpr std::size_t kLineageBytesMax = 64 * 1024;

struct Lineage {
  std::vector<std::string> ancestors;  // nearest first
  std::vector<std::string> children;
};

std::string lineage_key(std::string_view ns);
// Names that no namespace can have are left out. Errors: kCorrupt.
Result<Lineage> parse_lineage(std::string_view json);

}  // namespace layer::features::blobs
