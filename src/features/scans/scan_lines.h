// Results of scans as lines: {"id":7} and {"v":"red","n":12}. Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "wire/id.h"

namespace layer::features::scans {

struct ValueCount {
  std::string v;
  std::uint64_t n = 0;

  bool operator==(const ValueCount&) const = default;
};

// With its line feed.
void append_id_line(std::string& out, const wire::Id& id);
void append_value_line(std::string& out, const ValueCount& value);
std::string print_value_lines(const std::vector<ValueCount>& values);

// Lines of append_value_line(). Errors: kCorrupt.
Result<std::vector<ValueCount>> parse_value_lines(std::string_view text);

// What a line of ids says, as a list shows it: the id alone; empty for another line.
std::string_view id_of_line(std::string_view line);

// The order of results: by count, the largest first, then by value.
inline bool ranks_before(const ValueCount& a, const ValueCount& b) {
  return a.n != b.n ? a.n > b.n : a.v < b.v;
}

}  // namespace layer::features::scans
