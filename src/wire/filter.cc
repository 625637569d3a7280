#include "wire/filter.h"

#include <array>
#include <cstddef>

#include "wire/filter_parse.h"

namespace layer::wire {
namespace {

// In the order of FilterOp.
constexpr std::array<std::string_view, 25> kNames{
    "Eq",
    "NotEq",
    "In",
    "NotIn",
    "Contains",
    "NotContains",
    "ContainsAny",
    "NotContainsAny",
    "Lt",
    "Lte",
    "Gt",
    "Gte",
    "AnyLt",
    "AnyLte",
    "AnyGt",
    "AnyGte",
    "Glob",
    "NotGlob",
    "IGlob",
    "NotIGlob",
    "Regex",
    "Fuzzy",
    "ContainsAllTokens",
    "ContainsAnyToken",
    "ContainsTokenSequence",
};
static_assert(kNames.size() == static_cast<std::size_t>(FilterOp::kContainsTokenSequence) + 1);

}  // namespace

std::string_view name(FilterOp op) {
  return kNames[static_cast<std::size_t>(op)];
}

std::optional<FilterOp> filter_op_named(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) {
      return static_cast<FilterOp>(i);
    }
  }
  return std::nullopt;
}

}  // namespace layer::wire
