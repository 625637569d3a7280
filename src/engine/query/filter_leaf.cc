#include <algorithm>

#include "engine/query/filter_node.h"
#include "engine/query/values.h"

namespace layer::engine::query {
namespace {

using wire::FilterOp;

Leaf test(Leaf::Test kind, bool negate = false) {
  Leaf leaf;
  leaf.test = kind;
  leaf.negate = negate;
  return leaf;
}

// Null sorts below every value: what each operator says about a null operand.
Leaf null_leaf(FilterOp op) {
  switch (op) {
    case FilterOp::kEq:
    case FilterOp::kLte:
      return test(Leaf::Test::kMissing);
    case FilterOp::kNotEq:
    case FilterOp::kGt:
      return test(Leaf::Test::kMissing, true);
    case FilterOp::kGte:
    case FilterOp::kNotIn:
    case FilterOp::kNotContains:
    case FilterOp::kNotContainsAny:
      return test(Leaf::Test::kEverything);
    case FilterOp::kAnyGt:
    case FilterOp::kAnyGte:
      // Elements are never null, so each lies above it; a range without edges holds them all.
      return test(Leaf::Test::kRange);
    default:
      return test(Leaf::Test::kNothing);
  }
}

Leaf range(std::optional<Edge> lower, std::optional<Edge> upper, bool or_missing) {
  Leaf leaf = test(Leaf::Test::kRange);
  leaf.lower = std::move(lower);
  leaf.upper = std::move(upper);
  leaf.or_missing = or_missing;
  return leaf;
}

Leaf any_of(std::vector<wire::Value> values, bool negate) {
  std::ranges::sort(values, [](const auto& a, const auto& b) { return compare(a, b) < 0; });
  const auto tail =
      std::ranges::unique(values, [](const auto& a, const auto& b) { return compare(a, b) == 0; });
  values.erase(tail.begin(), tail.end());
  Leaf leaf = test(Leaf::Test::kAnyOf, negate);
  leaf.values = std::move(values);
  return leaf;
}

}  // namespace

Leaf make_leaf(FilterOp op, std::optional<std::vector<wire::Value>> operand) {
  if (!operand) {
    return null_leaf(op);
  }
  switch (op) {
    case FilterOp::kNotEq:
    case FilterOp::kNotIn:
    case FilterOp::kNotContains:
    case FilterOp::kNotContainsAny:
      return any_of(std::move(*operand), true);
    case FilterOp::kLt:
    case FilterOp::kLte:
    case FilterOp::kAnyLt:
    case FilterOp::kAnyLte: {
      if (operand->empty()) {
        return test(Leaf::Test::kNothing);
      }
      const bool inclusive = op == FilterOp::kLte || op == FilterOp::kAnyLte;
      const bool scalar = op == FilterOp::kLt || op == FilterOp::kLte;
      return range({}, Edge{.value = std::move(operand->front()), .inclusive = inclusive}, scalar);
    }
    case FilterOp::kGt:
    case FilterOp::kGte:
    case FilterOp::kAnyGt:
    case FilterOp::kAnyGte: {
      if (operand->empty()) {
        return test(Leaf::Test::kNothing);
      }
      const bool inclusive = op == FilterOp::kGte || op == FilterOp::kAnyGte;
      return range(Edge{.value = std::move(operand->front()), .inclusive = inclusive}, {}, false);
    }
    default:
      return any_of(std::move(*operand), false);
  }
}

}  // namespace layer::engine::query
