// The rows that the scans benchmark reads: made from their number alone, so that peers.py and a
// gateway's namespace hold the same ones. Thread safety: free functions.
#pragma once

#include <cstdint>
#include <string>

namespace layer::bench {

inline constexpr std::uint64_t kKinds = 1000;  // distinct values of `kind`
inline constexpr std::uint64_t kTags = 200;    // distinct values of `tags`, three a row
inline constexpr std::uint64_t kNumbers = 1'000'003;

inline std::uint64_t kind_of(std::uint64_t id) {
  return id * 7919 % kKinds;
}
// Near enough a permutation: a range of `number` selects rows from all over the id order.
inline std::uint64_t number_of(std::uint64_t id) {
  return id * 2'654'435'761 % kNumbers;
}

// {"upsert_rows":[...]} with the rows [begin, end).
std::string write_body(std::uint64_t begin, std::uint64_t end);

}  // namespace layer::bench
