#include "wire/filter_parse.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/limits.h"
#include "wire/shape.h"

namespace layer::wire {
namespace {

constexpr std::string_view kExpectedFilter =
    "a filter: [attribute, operator, value], [\"And\", [...]], [\"Or\", [...]] or [\"Not\", ...]";

enum class Operand : std::uint8_t { kAny, kText, kTokens };

Operand operand_of(FilterOp op) {
  switch (op) {
    case FilterOp::kGlob:
    case FilterOp::kNotGlob:
    case FilterOp::kIGlob:
    case FilterOp::kNotIGlob:
    case FilterOp::kRegex:
    case FilterOp::kFuzzy:
      return Operand::kText;
    case FilterOp::kContainsAllTokens:
    case FilterOp::kContainsAnyToken:
    case FilterOp::kContainsTokenSequence:
      return Operand::kTokens;
    default:
      return Operand::kAny;
  }
}

// What the items of one list must have in common; numbers of every kind mix.
enum class ItemKind : std::uint8_t { kBool, kNumber, kString };

Result<ItemKind> item_kind(const json::Value& item, const Path& path) {
  if (item.is_bool()) {
    return ItemKind::kBool;
  }
  if (item.is_number()) {
    return ItemKind::kNumber;
  }
  if (item.is_string()) {
    return ItemKind::kString;
  }
  return invalid_type(item, path, "a string, a number or a boolean");
}

Result<void> check_list(const json::Array& items, const Path& path) {
  std::optional<ItemKind> first;
  std::size_t index = 0;
  for (const json::Value item : items) {
    const Path at = path.item(index++);
    LAYER_ASSIGN(const ItemKind kind, item_kind(item, at));
    if (first.value_or(kind) != kind) {
      return invalid_type(item, at, "an item of the same type as the first");
    }
    first = kind;
  }
  return {};
}

class Parser {
 public:
  explicit Parser(RefRule refs) : refs_(refs) {}

  Result<Filter> filter(const json::Value& value, const Path& path, std::size_t depth) const {
    if (depth > core::limits::filter_depth_max) {
      return semantic_error(fmt::format("💔 filters must not be nested deeper than {} levels",
                                        core::limits::filter_depth_max));
    }
    LAYER_ASSIGN(const json::Array parts, read_array(value, path, kExpectedFilter));
    const std::size_t size = parts.size();
    if (size < 2) {
      return shape_error(path,
                         fmt::format("invalid length {}, expected {}", size, kExpectedFilter));
    }
    LAYER_ASSIGN(const std::string_view head,
                 read_string(parts.at(0).value_unsafe(), path.item(0)));
    const json::Value second = parts.at(1).value_unsafe();
    // An attribute may bear the name of a combinator: only an operator's name is a string here.
    if (size == 2 && second.is_array() && (head == "And" || head == "Or" || head == "Not")) {
      return combinator(head, second, path, depth);
    }
    return comparison(head, parts, path);
  }

 private:
  Result<Filter> combinator(std::string_view head, const json::Value& second, const Path& path,
                            std::size_t depth) const {
    const Path operand = path.item(1);
    std::vector<Filter> children;
    if (head == "Not") {
      LAYER_ASSIGN(Filter child, filter(second, operand, depth + 1));
      children.push_back(std::move(child));
      return Filter{FilterNot{std::move(children)}};
    }
    std::size_t index = 0;
    for (const json::Value item : second.get_array().value_unsafe()) {
      LAYER_ASSIGN(Filter child, filter(item, operand.item(index++), depth + 1));
      children.push_back(std::move(child));
    }
    if (head == "And") {
      return Filter{FilterAnd{std::move(children)}};
    }
    return Filter{FilterOr{std::move(children)}};
  }

  Result<Filter> comparison(std::string_view attribute, const json::Array& parts,
                            const Path& path) const {
    LAYER_ASSIGN(const std::string_view spelt,
                 read_string(parts.at(1).value_unsafe(), path.item(1)));
    const auto op = filter_op_named(spelt);
    if (!op) {
      return shape_error(path, fmt::format("Unsupported filter operator '{}'.", spelt));
    }
    const std::size_t size = parts.size();
    if (size < 3) {
      return shape_error(path,
                         fmt::format("invalid length {}, expected an operand of {}", size, spelt));
    }
    const bool options = *op == FilterOp::kFuzzy || *op == FilterOp::kContainsAllTokens ||
                         *op == FilterOp::kContainsAnyToken;
    if (size > (options ? 4U : 3U)) {
      return semantic_error(
          fmt::format("💔 filter error in key `{}`: {} takes {}, got {} arguments", attribute,
                      spelt, options ? "one or two arguments" : "one argument", size - 2));
    }
    Comparison comparison{.attribute = std::string(attribute), .op = *op, .operand = {}};
    LAYER_ASSIGN(comparison.operand, operand(*op, parts.at(2).value_unsafe(), path.item(2)));
    if (*op == FilterOp::kFuzzy) {
      LAYER_TRY(fuzzy_options(parts, path, comparison));
    } else if (size == 4) {
      LAYER_TRY(token_options(parts.at(3).value_unsafe(), path.item(3), comparison));
    }
    return Filter{std::move(comparison)};
  }

  // Whether an operand fits the attribute's type is asked later, with the schema. Here: lists are
  // flat and of one type, and objects are references only.
  Result<Literal> operand(FilterOp op, const json::Value& value, const Path& path) const {
    if (value.is_array()) {
      LAYER_TRY(check_list(value.get_array().value_unsafe(), path));
    }
    LAYER_ASSIGN(Literal literal, read_literal(value, path, refs_));
    const bool reference = std::holds_alternative<RefNew>(literal.value);
    if (value.is_object() && !reference) {
      return invalid_type(value, path, "a value");
    }
    if (operand_of(op) == Operand::kText && !value.is_string() && !reference) {
      return invalid_type(value, path, "a string");
    }
    if (operand_of(op) == Operand::kTokens && !value.is_string() && !value.is_array() &&
        !reference) {
      return invalid_type(value, path, "a string or a sequence of strings");
    }
    return literal;
  }

  static Result<void> token_options(const json::Value& value, const Path& path,
                                    Comparison& comparison) {
    constexpr std::array<std::string_view, 1> kKnown{"last_as_prefix"};
    LAYER_ASSIGN(const json::Object options, read_object(value, path));
    for (const auto& [name, option] : options) {
      if (name != kKnown[0]) {
        return unknown_field(path, name, kKnown);
      }
      LAYER_ASSIGN(comparison.last_as_prefix, read_bool(option, path.member(name)));
    }
    return {};
  }

  static Result<void> fuzzy_options(const json::Array& parts, const Path& path,
                                    Comparison& comparison) {
    constexpr std::array<std::string_view, 2> kKnown{"max_edit_distance", "case_sensitive"};
    if (parts.size() < 4) {
      return missing_field(path, kKnown[0]);
    }
    const Path at = path.item(3);
    LAYER_ASSIGN(const json::Object options, read_object(parts.at(3).value_unsafe(), at));
    bool thresholds = false;
    for (const auto& [name, option] : options) {
      const Path member = at.member(name);
      if (name == kKnown[0]) {
        thresholds = true;
        LAYER_TRY(edit_distances(option, member, comparison));
      } else if (name == kKnown[1]) {
        LAYER_ASSIGN(comparison.case_sensitive, read_bool(option, member));
      } else {
        return unknown_field(at, name, kKnown);
      }
    }
    if (!thresholds) {
      return missing_field(at, kKnown[0]);
    }
    return check_distances(comparison);
  }

  static Result<void> edit_distances(const json::Value& value, const Path& path,
                                     Comparison& comparison) {
    constexpr std::array<std::string_view, 2> kKnown{"min_query_chars", "distance"};
    comparison.max_edit_distance.clear();
    LAYER_ASSIGN(const json::Array items, read_array(value, path));
    std::size_t index = 0;
    for (const json::Value item : items) {
      const Path at = path.item(index++);
      LAYER_ASSIGN(const json::Object object, read_object(item, at));
      std::optional<std::uint32_t> chars;
      std::optional<std::uint32_t> distance;
      for (const auto& [name, number] : object) {
        if (name != kKnown[0] && name != kKnown[1]) {
          return unknown_field(at, name, kKnown);
        }
        LAYER_ASSIGN((name == kKnown[0] ? chars : distance), read_u32(number, at.member(name)));
      }
      if (!chars) {
        return missing_field(at, kKnown[0]);
      }
      if (!distance) {
        return missing_field(at, kKnown[1]);
      }
      comparison.max_edit_distance.push_back({.min_query_chars = *chars, .distance = *distance});
    }
    return {};
  }

  static Result<void> check_distances(Comparison& comparison) {
    auto& steps = comparison.max_edit_distance;
    const auto refuse = [&](std::string_view why) {
      return semantic_error(
          fmt::format("💔 filter error in key `{}`: {}", comparison.attribute, why));
    };
    if (steps.empty()) {
      return refuse("`max_edit_distance` must name at least one threshold");
    }
    for (const EditDistance& step : steps) {
      if (step.distance > kDistanceMax) {
        return refuse(fmt::format("`distance` must be between 0 and {}, got {}", kDistanceMax,
                                  step.distance));
      }
      if (step.min_query_chars < 3 * (step.distance + 1)) {
        return refuse(fmt::format("`min_query_chars` must be at least {} for distance {}, got {}",
                                  3 * (step.distance + 1), step.distance, step.min_query_chars));
      }
    }
    std::ranges::sort(steps, {}, &EditDistance::min_query_chars);
    const auto twice = std::ranges::adjacent_find(steps, {}, &EditDistance::min_query_chars);
    if (twice != steps.end()) {
      return refuse(fmt::format("`min_query_chars` {} is named twice", twice->min_query_chars));
    }
    return {};
  }

  static constexpr std::uint32_t kDistanceMax = 2;

  RefRule refs_;
};

}  // namespace

Result<Filter> parse_filter(const json::Value& value, const Path& path, RefRule refs) {
  return Parser(refs).filter(value, path, 1);
}

}  // namespace layer::wire
