// Measures on the indexed documents themselves how far searches have to reach for each recall
// target. Thread safety: a pure function.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/vector/index_format.h"

namespace layer::engine::vector {

// The two lists of each document; the same number twice for one list only.
struct ListPair {
  std::uint32_t primary = 0;
  std::uint32_t secondary = 0;
};

// Returns `header` with reach, growth and usual filled in. `bytes` is the finished index but for
// these; `lists` belong to `documents`, which ascend. Cost: some hundred searches of all lists.
Header calibrate(const Header& header, std::span<const std::byte> bytes, const VectorView& column,
                 std::span<const DocId> documents, std::span<const ListPair> lists);

}  // namespace layer::engine::vector
