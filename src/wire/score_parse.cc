// Score expressions: the part of rank_by that nests.
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <limits>

#include "core/limits.h"
#include "json/writer.h"
#include "wire/duration.h"
#include "wire/filter_parse.h"
#include "wire/rank_by_parse.h"
#include "wire/rank_input.h"
#include "wire/shape.h"

namespace layer::wire {
namespace {

using Op = ScoreExpr::Op;

constexpr std::string_view kSumOfOthers = "💔 Sum aggregations can only contain other text queries";

Result<ScoreExpr> expression(const json::Value& value, const Path& path, std::size_t depth);

std::string number_text(const json::Value& value) {
  if (value.is_int64()) {
    return std::to_string(value.get_int64().value_unsafe());
  }
  return std::string(json::Writer().value(value.get_double().value_unsafe()).text());
}

Result<ScoreExpr> constant(const json::Value& value) {
  const double number = value.get_double().value_unsafe();
  if (number < 0) {
    return semantic_error(fmt::format("💔 Scalar values in rank_by must be non-negative, got {}",
                                      number_text(value)));
  }
  ScoreExpr expr;
  expr.constant = number;
  return expr;
}

ScoreExpr parent(Op op, std::vector<ScoreExpr> children) {
  ScoreExpr expr;
  expr.op = op;
  expr.children = std::move(children);
  return expr;
}

// [A, "ANN", ...]: a ranking, but no expression.
bool is_vector_clause(const json::Value& value) {
  if (!value.is_array()) {
    return false;
  }
  const json::Array parts = value.get_array().value_unsafe();
  const auto op = parts.at(1);
  return op.error() == simdjson::SUCCESS && is_vector_operator(string_or_empty(op.value_unsafe()));
}

Result<ScoreExpr> sum(const json::Array& parts, const Path& path, std::size_t depth) {
  if (parts.size() != 2 || !parts.at(1).value_unsafe().is_array()) {
    return no_rank_input(path);
  }
  const Path at = path.item(1);
  std::vector<ScoreExpr> children;
  for (const json::Value item : parts.at(1).value_unsafe().get_array().value_unsafe()) {
    if (item.is_number() || is_vector_clause(item)) {
      return semantic_error(std::string(kSumOfOthers));
    }
    LAYER_ASSIGN(ScoreExpr child, expression(item, at.item(children.size()), depth + 1));
    children.push_back(std::move(child));
  }
  if (children.empty()) {
    return semantic_error("💔 Sum needs at least one clause");
  }
  return parent(Op::kSum, std::move(children));
}

Result<ScoreExpr> max(const json::Array& parts, const Path& path, std::size_t depth) {
  if (parts.at(1).value_unsafe().is_number()) {
    return semantic_error(
        "💔 Max takes its clauses as one list, numbers among them: [\"Max\", [0, <clause>]]");
  }
  if (parts.size() != 2 || !parts.at(1).value_unsafe().is_array()) {
    return no_rank_input(path);
  }
  const Path at = path.item(1);
  std::vector<ScoreExpr> children;
  bool clauses = false;
  for (const json::Value item : parts.at(1).value_unsafe().get_array().value_unsafe()) {
    clauses = clauses || !item.is_number();
    LAYER_ASSIGN(ScoreExpr child, item.is_number()
                                      ? constant(item)
                                      : expression(item, at.item(children.size()), depth + 1));
    children.push_back(std::move(child));
  }
  if (!clauses) {
    return semantic_error("💔 Max needs at least one clause that is not a number");
  }
  return parent(Op::kMax, std::move(children));
}

// Both orders of the arguments give [weight, clause].
Result<ScoreExpr> product(const json::Array& parts, const Path& path, std::size_t depth) {
  if (parts.size() != 3) {
    return no_rank_input(path);
  }
  const json::Value left = parts.at(1).value_unsafe();
  const json::Value right = parts.at(2).value_unsafe();
  if (left.is_number() == right.is_number()) {
    return no_rank_input(path);
  }
  const bool weight_first = left.is_number();
  LAYER_ASSIGN(ScoreExpr weight, constant(weight_first ? left : right));
  LAYER_ASSIGN(ScoreExpr clause,
               expression(weight_first ? right : left, path.item(weight_first ? 2 : 1), depth + 1));
  std::vector<ScoreExpr> children;
  children.push_back(std::move(weight));
  children.push_back(std::move(clause));
  return parent(Op::kProduct, std::move(children));
}

// ["Attribute", A]
Result<ScoreExpr> attribute(const json::Array& parts, const Path& path) {
  if (parts.size() != 2 || !parts.at(1).value_unsafe().is_string()) {
    return no_rank_input(path);
  }
  ScoreExpr expr;
  expr.op = Op::kAttribute;
  expr.attribute = std::string(parts.at(1).value_unsafe().get_string().value_unsafe());
  return expr;
}

// ["Dist", ["Attribute", A], origin]
Result<ScoreExpr> dist(const json::Array& parts, const Path& path) {
  if (parts.size() != 3 || !parts.at(1).value_unsafe().is_array()) {
    return no_rank_input(path);
  }
  const json::Array inner = parts.at(1).value_unsafe().get_array().value_unsafe();
  const json::Value origin = parts.at(2).value_unsafe();
  if (inner.begin() == inner.end() || string_or_empty(*inner.begin()) != "Attribute" ||
      !(origin.is_number() || origin.is_string())) {
    return no_rank_input(path);
  }
  LAYER_ASSIGN(ScoreExpr expr, attribute(inner, path.item(1)));
  expr.op = Op::kDist;
  LAYER_ASSIGN(expr.operand, read_literal(origin, path.item(2)));
  return expr;
}

Result<void> check_midpoint(const json::Value& value, const Path& path) {
  const double number = value.is_number() ? value.get_double().value_unsafe()
                        : value.is_string()
                            ? parse_duration_ms(value.get_string().value_unsafe())
                                  .value_or(std::numeric_limits<double>::quiet_NaN())
                            : 0;
  if (!value.is_number() && !value.is_string()) {
    return invalid_type(value, path, "a number or a duration");
  }
  if (std::isnan(number)) {
    return semantic_error(fmt::format(
        "💔 invalid duration '{}': expected a number and one of the units ms, s, m, h, d, w",
        value.get_string().value_unsafe()));
  }
  if (number <= 0) {
    return semantic_error("💔 `midpoint` must be greater than 0");
  }
  return {};
}

// ["Saturate" | "Decay", clause, {"midpoint": m, "exponent": e?}]
Result<ScoreExpr> curve(Op op, const json::Array& parts, const Path& path, std::size_t depth) {
  constexpr std::array<std::string_view, 2> kKnown{"midpoint", "exponent"};
  if (parts.size() != 3) {
    return no_rank_input(path);
  }
  LAYER_ASSIGN(ScoreExpr child, expression(parts.at(1).value_unsafe(), path.item(1), depth + 1));
  const Path at = path.item(2);
  LAYER_ASSIGN(const json::Object options, read_object(parts.at(2).value_unsafe(), at));
  std::vector<ScoreExpr> children;
  children.push_back(std::move(child));
  ScoreExpr expr = parent(op, std::move(children));
  for (const auto& [name, value] : options) {
    const Path member = at.member(name);
    if (name == kKnown[0]) {
      LAYER_TRY(check_midpoint(value, member));
      LAYER_ASSIGN(expr.midpoint, read_literal(value, member));
    } else if (name == kKnown[1]) {
      LAYER_ASSIGN(expr.exponent, read_f64(value, member));
    } else {
      return unknown_field(at, name, kKnown);
    }
  }
  if (expr.midpoint.is_null()) {
    return missing_field(at, kKnown[0]);
  }
  if (expr.exponent <= 0) {
    return semantic_error("💔 `exponent` must be greater than 0");
  }
  return expr;
}

Result<Literal> bm25_operand(const json::Value& value, const Path& path) {
  std::size_t chars = 0;
  const auto count = [&](std::string_view text) {
    for (const char c : text) {
      chars += (static_cast<unsigned char>(c) & 0xC0U) != 0x80 ? 1 : 0;
    }
  };
  if (value.is_string()) {
    count(value.get_string().value_unsafe());
  } else if (value.is_array()) {
    std::size_t index = 0;
    for (const json::Value item : value.get_array().value_unsafe()) {
      LAYER_ASSIGN(const std::string_view token, read_string(item, path.item(index++)));
      count(token);
    }
  } else {
    return invalid_type(value, path, "a string or a sequence of strings");
  }
  if (chars > core::limits::full_text_query_chars_max) {
    return semantic_error(
        fmt::format("💔 full-text queries must have at most {} characters, got {}",
                    core::limits::full_text_query_chars_max, chars));
  }
  return read_literal(value, path);
}

// [A, "BM25", operand, {"last_as_prefix": bool}?]
Result<ScoreExpr> bm25(std::string_view name, const json::Array& parts, const Path& path) {
  constexpr std::array<std::string_view, 1> kKnown{"last_as_prefix"};
  if (parts.size() < 3 || parts.size() > 4) {
    return no_rank_input(path);
  }
  ScoreExpr expr;
  expr.op = Op::kBm25;
  expr.attribute = std::string(name);
  LAYER_ASSIGN(expr.operand, bm25_operand(parts.at(2).value_unsafe(), path.item(2)));
  if (parts.size() == 4) {
    const Path at = path.item(3);
    LAYER_ASSIGN(const json::Object options, read_object(parts.at(3).value_unsafe(), at));
    for (const auto& [option, value] : options) {
      if (option != kKnown[0]) {
        return unknown_field(at, option, kKnown);
      }
      LAYER_ASSIGN(expr.last_as_prefix, read_bool(value, at.member(option)));
    }
  }
  return expr;
}

Result<ScoreExpr> filter(const json::Value& value, const Path& path) {
  LAYER_ASSIGN(Filter parsed, parse_filter(value, path));
  ScoreExpr expr;
  expr.op = Op::kFilter;
  expr.filter = std::move(parsed);
  return expr;
}

Result<ScoreExpr> named(std::string_view head, const json::Value& value, const json::Array& parts,
                        const Path& path, std::size_t depth) {
  if (head == "Sum") {
    return sum(parts, path, depth);
  }
  if (head == "Max") {
    return max(parts, path, depth);
  }
  if (head == "Product") {
    return product(parts, path, depth);
  }
  if (head == "Attribute") {
    return attribute(parts, path);
  }
  if (head == "Dist") {
    return dist(parts, path);
  }
  if (head == "Saturate" || head == "Decay") {
    return curve(head == "Decay" ? Op::kDecay : Op::kSaturate, parts, path, depth);
  }
  return filter(value, path);
}

Result<ScoreExpr> expression(const json::Value& value, const Path& path, std::size_t depth) {
  if (depth > core::limits::filter_depth_max) {
    return semantic_error(fmt::format("💔 rank_by must not be nested deeper than {} levels",
                                      core::limits::filter_depth_max));
  }
  if (!value.is_array()) {
    return no_rank_input(path);
  }
  const json::Array parts = value.get_array().value_unsafe();
  if (parts.size() < 2 || !parts.at(0).value_unsafe().is_string()) {
    return no_rank_input(path);
  }
  const std::string_view head = parts.at(0).value_unsafe().get_string().value_unsafe();
  if (is_score_name(head)) {
    return named(head, value, parts, path, depth);
  }
  const std::string_view op = string_or_empty(parts.at(1).value_unsafe());
  if (op == "BM25") {
    return bm25(head, parts, path);
  }
  return filter_op_named(op) ? filter(value, path) : no_rank_input(path);
}

}  // namespace

Result<ScoreExpr> parse_score(const json::Value& value, const Path& path) {
  return expression(value, path, 1);
}

}  // namespace layer::wire
