#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/query/errors.h"
#include "engine/query/score_node.h"
#include "wire/duration.h"
#include "wire/typing.h"

namespace layer::engine::query {
namespace {

using Op = wire::ScoreExpr::Op;
using wire::Kind;

// What the expressions around a clause make of it.
struct Around {
  bool may_be_negative = false;  // something above turns negative scores into others
  bool in_curve = false;         // below Saturate or Decay
};

class Binder {
 public:
  explicit Binder(const wire::Schema& schema) : schema_(schema) {}

  Result<ScoreNode> bind(const wire::ScoreExpr& expr, Around around) {
    switch (expr.op) {
      case Op::kBm25: {
        LAYER_ASSIGN(Bm25Clause clause, bind_bm25(schema_, expr));
        ScoreNode node{.op = expr.op, .index = bound.clauses.size()};
        bound.clauses.push_back(std::move(clause));
        return node;
      }
      case Op::kFilter: {
        LAYER_ASSIGN(BoundFilter filter, BoundFilter::bind(schema_, *expr.filter));
        ScoreNode node{.op = expr.op, .index = bound.filters.size()};
        bound.filters.push_back(std::move(filter));
        return node;
      }
      case Op::kAttribute:
        return bind_attribute(expr, around);
      case Op::kDist:
        return bind_dist(expr, around);
      case Op::kSaturate:
      case Op::kDecay:
        return bind_curve(expr);
      case Op::kConstant:
        if (expr.constant < 0) {
          return refuse("Scalar values in rank_by must be non-negative, got " +
                        wire::describe(wire::Literal{.value = expr.constant}));
        }
        return ScoreNode{.op = expr.op, .constant = static_cast<float>(expr.constant)};
      case Op::kSum:
      case Op::kMax:
      case Op::kProduct:
        return bind_parent(expr, around);
    }
    return refuse("unsupported rank_by expression");
  }

  BoundScore bound;

 private:
  Result<const wire::Attribute*> numeric(const wire::ScoreExpr& expr, ScoreNode& node) const {
    const auto attr = schema_.find(expr.attribute);
    if (!attr) {
      return refuse("attribute \"" + expr.attribute +
                    "\" not found in schema, cannot be used in `rank_by`");
    }
    const wire::Attribute& attribute = schema_.at(*attr);
    const Kind kind = attribute.type.kind;
    const bool number = kind == Kind::kInt || kind == Kind::kUint || kind == Kind::kFloat ||
                        kind == Kind::kDatetime || kind == Kind::kBool;
    if (!number || attribute.type.array) {
      return refuse("attribute \"" + expr.attribute + "\" of type " + to_string(attribute.type) +
                    " cannot be used as a score, only scalar numbers can");
    }
    if (!attribute.filterable) {
      return refuse("attribute \"" + expr.attribute +
                    "\" is not filterable, cannot be used in `rank_by`; this requires a schema "
                    "update");
    }
    node.op = expr.op;
    node.attr = *attr;
    node.attribute = expr.attribute;
    return &attribute;
  }

  Result<ScoreNode> bind_attribute(const wire::ScoreExpr& expr, Around around) {
    ScoreNode node;
    LAYER_ASSIGN(const wire::Attribute* attribute, numeric(expr, node));
    const Kind kind = attribute->type.kind;
    const bool is_signed = kind == Kind::kInt || kind == Kind::kFloat || kind == Kind::kDatetime;
    if (is_signed && !around.may_be_negative) {
      return refuse(
          "rank_by clauses must produce non-negative scores, but an attribute clause on signed "
          "numeric attribute '" +
          expr.attribute +
          "' was used. Wrap this clause under a [\"Max\", [0, <clause>]] to fix this.");
    }
    bound.everywhere = true;
    return node;
  }

  Result<ScoreNode> bind_dist(const wire::ScoreExpr& expr, Around around) {
    ScoreNode node;
    LAYER_ASSIGN(const wire::Attribute* attribute, numeric(expr, node));
    auto origin = wire::fit_scalar(attribute->type, expr.operand);
    if (!origin) {
      return refuse("invalid origin " + quoted(expr.operand) + " for Dist of rank_by field \"" +
                    expr.attribute + "\", expecting " + to_string(attribute->type));
    }
    node.origin = std::move(*origin);
    node.needs_value = around.in_curve;
    bound.everywhere = true;
    return node;
  }

  Result<ScoreNode> bind_curve(const wire::ScoreExpr& expr) {
    ScoreNode node{.op = expr.op, .exponent = static_cast<float>(expr.exponent)};
    for (const wire::ScoreExpr& child : expr.children) {
      LAYER_ASSIGN(ScoreNode inner, bind(child, {.may_be_negative = true, .in_curve = true}));
      node.children.push_back(std::move(inner));
    }
    LAYER_ASSIGN(const double midpoint, read_midpoint(expr, node.children.front()));
    if (!(midpoint > 0) || !(expr.exponent > 0)) {
      return refuse("`midpoint` and `exponent` must be greater than 0");
    }
    node.midpoint_to_exponent = node.exponent == 1.0F
                                    ? static_cast<float>(midpoint)
                                    : std::pow(static_cast<float>(midpoint), node.exponent);
    return node;
  }

  Result<double> read_midpoint(const wire::ScoreExpr& expr, const ScoreNode& child) const {
    if (const auto* text = std::get_if<std::string>(&expr.midpoint.value)) {
      const auto ms = wire::parse_duration_ms(*text);
      if (!ms) {
        return refuse("invalid duration " + quoted(expr.midpoint) + " for `midpoint`");
      }
      if (!over_datetime(child)) {
        return refuse("`midpoint` " + quoted(expr.midpoint) +
                      " is a duration, which only a Dist on a datetime attribute takes");
      }
      return *ms;
    }
    if (const auto* whole = std::get_if<std::int64_t>(&expr.midpoint.value)) {
      return static_cast<double>(*whole);
    }
    if (const auto* large = std::get_if<std::uint64_t>(&expr.midpoint.value)) {
      return static_cast<double>(*large);
    }
    const auto* number = std::get_if<double>(&expr.midpoint.value);
    return number == nullptr ? 0 : *number;
  }

  bool over_datetime(const ScoreNode& node) const {
    if (node.op == Op::kDist) {
      return schema_.at(node.attr).type.kind == Kind::kDatetime;
    }
    return std::ranges::any_of(node.children,
                               [&](const ScoreNode& child) { return over_datetime(child); });
  }

  Result<ScoreNode> bind_parent(const wire::ScoreExpr& expr, Around around) {
    const auto is_constant = [](const wire::ScoreExpr& child) { return child.op == Op::kConstant; };
    const auto constants = std::ranges::count_if(expr.children, is_constant);
    if (expr.op == Op::kSum && constants > 0) {
      return refuse("Sum aggregations can only contain other text queries");
    }
    if (static_cast<std::size_t>(constants) == expr.children.size()) {
      return refuse("rank_by expressions need at least one clause that is not a number");
    }
    if (expr.op == Op::kMax && constants > 0) {
      around.may_be_negative = true;
    }
    ScoreNode node{.op = expr.op};
    for (const wire::ScoreExpr& child : expr.children) {
      LAYER_ASSIGN(ScoreNode inner, bind(child, around));
      node.children.push_back(std::move(inner));
    }
    return node;
  }

  const wire::Schema& schema_;
};

bool is_bounded(const ScoreNode& node) {
  switch (node.op) {
    case Op::kBm25:
      return true;
    case Op::kSum:
    case Op::kMax:
      return std::ranges::all_of(node.children, is_bounded);
    case Op::kProduct:
      return std::ranges::all_of(node.children, [](const ScoreNode& child) {
        return child.op == Op::kConstant || is_bounded(child);
      });
    default:
      return false;
  }
}

}  // namespace

Result<BoundScore> bind_score(const wire::Schema& schema, const wire::ScoreExpr& expr) {
  if (expr.op == Op::kConstant) {
    return refuse("rank_by expressions need at least one clause that is not a number");
  }
  Binder binder(schema);
  LAYER_ASSIGN(binder.bound.root, binder.bind(expr, {}));
  BoundScore bound = std::move(binder.bound);
  bound.bounded =
      is_bounded(bound.root) && std::ranges::none_of(bound.clauses, &Bm25Clause::last_as_prefix);
  return bound;
}

namespace {

float powered(const ScoreNode& node, float x) {
  const float positive = std::max(x, 0.0F);
  return node.exponent == 1.0F ? positive : std::pow(positive, node.exponent);
}

}  // namespace

// Both curves keep their limits where a power leaves the range of f32.
float saturate(const ScoreNode& node, float x) {
  const float power = powered(node, x);
  if (power == 0 || std::isinf(node.midpoint_to_exponent)) {
    return 0;
  }
  return std::isinf(power) ? 1.0F : power / (power + node.midpoint_to_exponent);
}

float decay(const ScoreNode& node, float x) {
  const float power = powered(node, x);
  if (power == 0 || std::isinf(node.midpoint_to_exponent)) {
    return 1;
  }
  return std::isinf(power) ? 0.0F : node.midpoint_to_exponent / (power + node.midpoint_to_exponent);
}

float combine(const ScoreNode& node, const std::vector<float>& clause_scores) {
  switch (node.op) {
    case Op::kBm25:
      return clause_scores[node.index];
    case Op::kSum: {
      float total = 0;
      for (const ScoreNode& child : node.children) {
        total += combine(child, clause_scores);
      }
      return total;
    }
    case Op::kMax: {
      float best = 0;
      for (const ScoreNode& child : node.children) {
        best = std::max(best, combine(child, clause_scores));
      }
      return best;
    }
    case Op::kProduct: {
      float product = 1;
      for (const ScoreNode& child : node.children) {
        product *= combine(child, clause_scores);
      }
      return product;
    }
    case Op::kConstant:
      return node.constant;
    default:
      return 0;
  }
}

}  // namespace layer::engine::query
