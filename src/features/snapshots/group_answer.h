// What a store answers to a question for groups, as counts of values. Thread safety: pure
// functions. Cost: one pass over the text; large answers belong on a pool.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "features/snapshots/body.h"

namespace layer::features::snapshots {

// The label under which a query for the groups of `field` asks for their sizes: never the field's.
std::string_view count_label(std::string_view field);

// One member of "queries": the groups of a field among the rows that `filter` (JSON text, empty:
// none) lets pass. Groups of an array are its elements.
std::string group_query(std::string_view field, bool array, std::string_view filter);
// One that counts the rows.
std::string count_query(std::string_view filter);

struct Groups {
  FieldCounts counts{};
  std::uint64_t without = 0;  // rows that have no value
  bool full = false;          // there may be more groups than were answered
};
// `answer`: one of "results". Errors: kUpstream when it is not one.
Result<Groups> read_groups(std::string_view answer, std::string_view field, bool array);
Result<std::uint64_t> read_count(std::string_view answer);

// The text of a value and its type; nullopt: null, or no scalar.
struct Scalar {
  std::string text;
  ValueType type = ValueType::kString;
};
std::optional<Scalar> read_scalar(std::string_view json);

}  // namespace layer::features::snapshots
