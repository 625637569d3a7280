// The filter language: a tree of And, Or, Not over comparisons of one attribute.
// Parsing checks the shape only; names and operand types are checked against a schema when it runs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "wire/literal.h"

namespace layer::wire {

enum class FilterOp : std::uint8_t {
  kEq,
  kNotEq,
  kIn,
  kNotIn,
  kContains,
  kNotContains,
  kContainsAny,
  kNotContainsAny,
  kLt,
  kLte,
  kGt,
  kGte,
  kAnyLt,
  kAnyLte,
  kAnyGt,
  kAnyGte,
  kGlob,
  kNotGlob,
  kIGlob,
  kNotIGlob,
  kRegex,
  kFuzzy,
  kContainsAllTokens,
  kContainsAnyToken,
  kContainsTokenSequence,
};
std::string_view name(FilterOp op);

struct EditDistance {
  std::uint32_t min_query_chars = 0;
  std::uint32_t distance = 0;  // 0..2
  bool operator==(const EditDistance&) const = default;
};

struct Comparison {
  std::string attribute;
  FilterOp op = FilterOp::kEq;
  Literal operand;
  bool last_as_prefix = false;                    // token operators
  std::vector<EditDistance> max_edit_distance{};  // Fuzzy, ascending by min_query_chars
  bool case_sensitive = true;                     // Fuzzy
  bool operator==(const Comparison&) const = default;
};

struct Filter;
struct FilterAnd {
  std::vector<Filter> children;
  bool operator==(const FilterAnd&) const;
};
struct FilterOr {
  std::vector<Filter> children;
  bool operator==(const FilterOr&) const;
};
// Holds exactly one child.
struct FilterNot {
  std::vector<Filter> child;
  bool operator==(const FilterNot&) const;
};

struct Filter {
  std::variant<FilterAnd, FilterOr, FilterNot, Comparison> node;
  bool operator==(const Filter&) const = default;
};
inline bool FilterAnd::operator==(const FilterAnd&) const = default;
inline bool FilterOr::operator==(const FilterOr&) const = default;
inline bool FilterNot::operator==(const FilterNot&) const = default;

}  // namespace layer::wire
