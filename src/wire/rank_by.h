// The ranking language. Shape only, as in filter.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "wire/filter.h"
#include "wire/literal.h"

namespace layer::wire {

// ["Embed", text, {"model": m}?]
struct EmbedExpr {
  std::string text;
  std::optional<std::string> model;
  bool operator==(const EmbedExpr&) const = default;
};

// One query vector, or several for a multi-vector column.
struct QueryVectors {
  std::vector<std::vector<float>> vectors;
  bool nested = false;  // written as an array of arrays
  bool operator==(const QueryVectors&) const = default;
};

// [A, "ANN" | "kNN", operand]: ascending distance.
struct RankVector {
  std::string attribute;
  bool exact = false;  // kNN
  std::variant<QueryVectors, EmbedExpr> operand;
  bool operator==(const RankVector&) const = default;
};

// [A, "SparseKNN", {dim: weight}]: descending dot product.
struct RankSparse {
  std::string attribute;
  std::vector<std::pair<std::string, float>> operand;
  bool operator==(const RankSparse&) const = default;
};

struct OrderClause {
  std::string attribute;
  bool descending = false;
  bool operator==(const OrderClause&) const = default;
};
struct RankOrder {
  std::vector<OrderClause> clauses;  // 1..8
  bool operator==(const RankOrder&) const = default;
};

// Score expressions, descending. `children` is used by Sum, Max, Product, Saturate, Decay (one
// child).
struct ScoreExpr {
  enum class Op : std::uint8_t {
    kBm25,
    kSum,
    kMax,
    kProduct,
    kFilter,
    kAttribute,
    kDist,
    kSaturate,
    kDecay,
    kConstant,
  };
  Op op = Op::kConstant;
  std::vector<ScoreExpr> children{};
  std::string attribute{};         // Bm25, Attribute, Dist
  Literal operand{};               // Bm25: string or array of strings; Dist: origin
  bool last_as_prefix = false;     // Bm25
  std::optional<Filter> filter{};  // Filter
  double constant = 0;             // Constant; the weight of a Product is a Constant child
  Literal midpoint{};              // Saturate, Decay: number or duration string
  double exponent = 1;             // Saturate, Decay
  bool operator==(const ScoreExpr&) const = default;
};

using RankBy = std::variant<RankVector, RankSparse, RankOrder, ScoreExpr>;

}  // namespace layer::wire
