#include "wire/rank_by_parse.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <limits>

#include "core/limits.h"
#include "wire/duration.h"
#include "wire/filter_parse.h"
#include "wire/rank_input.h"
#include "wire/shape.h"

namespace layer::wire {
namespace {

Result<EmbedExpr> embed(const json::Array& parts, const Path& path) {
  constexpr std::array<std::string_view, 1> kKnown{"model"};
  if (parts.size() < 2 || parts.size() > 3) {
    return no_rank_input(path);
  }
  LAYER_ASSIGN(const std::string_view text, read_string(parts.at(1).value_unsafe(), path.item(1)));
  EmbedExpr expr{.text = std::string(text), .model = std::nullopt};
  if (parts.size() == 3) {
    const Path at = path.item(2);
    LAYER_ASSIGN(const json::Object options, read_object(parts.at(2).value_unsafe(), at));
    for (const auto& [name, value] : options) {
      if (name != kKnown[0]) {
        return unknown_field(at, name, kKnown);
      }
      LAYER_ASSIGN(const std::string_view model, read_string(value, at.member(name)));
      expr.model = std::string(model);
    }
  }
  return expr;
}

Result<RankBy> vector(std::string_view attribute, bool exact, const json::Value& operand,
                      const Path& path) {
  RankVector rank{.attribute = std::string(attribute), .exact = exact, .operand = {}};
  if (is_embed(operand)) {
    LAYER_ASSIGN(rank.operand, embed(operand.get_array().value_unsafe(), path));
  } else {
    LAYER_ASSIGN(rank.operand, parse_query_vectors(operand, path));
  }
  return rank;
}

Result<RankBy> sparse(std::string_view attribute, const json::Value& operand, const Path& path) {
  RankSparse rank{.attribute = std::string(attribute), .operand = {}};
  LAYER_ASSIGN(const json::Object dims, read_object(operand, path));
  for (const auto& [name, value] : dims) {
    LAYER_ASSIGN(const double weight, read_f64(value, path.member(name)));
    if (std::abs(weight) > static_cast<double>(std::numeric_limits<float>::max())) {
      return semantic_error(fmt::format("💔 weight of `{}` is out of the range of f32", name));
    }
    rank.operand.emplace_back(name, static_cast<float>(weight));
  }
  if (rank.operand.size() > core::limits::sparse_dims_max) {
    return semantic_error(fmt::format("💔 sparse query vectors must have at most {} dimensions",
                                      core::limits::sparse_dims_max));
  }
  return rank;
}

bool is_direction(std::string_view name) {
  return name == "asc" || name == "desc";
}

// [A, "asc" | "desc"]
Result<OrderClause> order_clause(const json::Value& value, const Path& path) {
  if (!value.is_array()) {
    return no_rank_input(path);
  }
  const json::Array parts = value.get_array().value_unsafe();
  if (parts.size() != 2) {
    return no_rank_input(path);
  }
  const json::Value attribute = parts.at(0).value_unsafe();
  const std::string_view direction = string_or_empty(parts.at(1).value_unsafe());
  if (!attribute.is_string() || !is_direction(direction)) {
    return no_rank_input(path);
  }
  return OrderClause{.attribute = std::string(attribute.get_string().value_unsafe()),
                     .descending = direction == "desc"};
}

Result<RankBy> order(const json::Array& items, const Path& path) {
  RankOrder rank;
  for (const json::Value item : items) {
    if (rank.clauses.size() == core::limits::order_by_clauses_max) {
      return semantic_error(fmt::format("💔 rank_by must not have more than {} attribute clauses",
                                        core::limits::order_by_clauses_max));
    }
    LAYER_ASSIGN(OrderClause clause, order_clause(item, path.item(rank.clauses.size())));
    rank.clauses.push_back(std::move(clause));
  }
  return rank;
}

void collect(const ScoreExpr& expr, std::string_view attribute,
             std::vector<const ScoreExpr*>& found) {
  if (expr.op == ScoreExpr::Op::kBm25 && expr.attribute == attribute) {
    found.push_back(&expr);
  }
  for (const ScoreExpr& child : expr.children) {
    collect(child, attribute, found);
  }
}

}  // namespace

Result<RankBy> parse_rank_by(const json::Value& value, const Path& path) {
  if (!value.is_array()) {
    return no_rank_input(path);
  }
  const json::Array parts = value.get_array().value_unsafe();
  if (parts.begin() == parts.end()) {
    return semantic_error("💔 rank_by cannot be empty");
  }
  const json::Value first = *parts.begin();
  if (first.is_array()) {
    return order(parts, path);
  }
  const std::size_t size = parts.size();
  if (size < 2 || !first.is_string()) {
    return no_rank_input(path);
  }
  const std::string_view head = first.get_string().value_unsafe();
  const std::string_view op = string_or_empty(parts.at(1).value_unsafe());
  if (!is_score_name(head)) {
    if (size == 2 && is_direction(op)) {
      LAYER_ASSIGN(OrderClause clause, order_clause(value, path));
      return RankOrder{.clauses = {std::move(clause)}};
    }
    if (size == 3 && is_vector_operator(op)) {
      const json::Value operand = parts.at(2).value_unsafe();
      return op == "SparseKNN" ? sparse(head, operand, path.item(2))
                               : vector(head, op == "kNN", operand, path.item(2));
    }
  }
  LAYER_ASSIGN(ScoreExpr expr, parse_score(value, path));
  return expr;
}

std::vector<const ScoreExpr*> bm25_clauses(const RankBy& rank_by, std::string_view attribute) {
  std::vector<const ScoreExpr*> found;
  if (const auto* expr = std::get_if<ScoreExpr>(&rank_by)) {
    collect(*expr, attribute, found);
  }
  return found;
}

}  // namespace layer::wire
