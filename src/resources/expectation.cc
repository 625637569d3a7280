#include "resources/expectation.h"

#include <array>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/options.h"

namespace layer::resources {
namespace {

bool is_number(FieldType type) {
  return type == FieldType::kInteger || type == FieldType::kNumber;
}

bool is_duration(FieldType type) {
  return type == FieldType::kDuration || type == FieldType::kDurationOrNever;
}

// The largest unit that says it without a rest.
std::string duration_words(std::int64_t ms) {
  constexpr std::array<std::pair<std::string_view, std::int64_t>, 5> kUnits{
      {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
  for (const auto& [unit, size] : kUnits) {
    if (ms % size == 0 && ms > 0) {
      return fmt::format("{}{}", ms / size, unit);
    }
  }
  return "0s";
}

std::string bound(const Field& field, std::int64_t value) {
  return is_duration(field.type) ? duration_words(value) : std::to_string(value);
}

}  // namespace

std::int64_t least(const Field& field) {
  if (field.min != kUnset) {
    return field.min;
  }
  return field.type == FieldType::kText ? 1 : 0;
}

std::int64_t most(const Field& field) {
  if (field.max != kUnset) {
    return field.max;
  }
  if (is_number(field.type) || is_duration(field.type)) {
    return std::numeric_limits<std::int64_t>::max();
  }
  return field.type == FieldType::kText ? kTextBytesMax : kMembersMax;
}

bool has_type(const Field& field, const Node& node) {
  switch (field.type) {
    case FieldType::kText:
    case FieldType::kDuration:
    case FieldType::kDurationOrNever:
      return node.is(NodeType::kText);
    case FieldType::kBool:
      return node.is(NodeType::kBool);
    case FieldType::kInteger:
      return node.is(NodeType::kInteger);
    case FieldType::kNumber:
      return node.is(NodeType::kInteger) || node.is(NodeType::kNumber);
    case FieldType::kTextList:
    case FieldType::kObjectList:
      return node.is(NodeType::kList);
    case FieldType::kJson:
      return true;
    case FieldType::kJsonMap:
    case FieldType::kObject:
    case FieldType::kTextMap:
    case FieldType::kQuantityMap:
    case FieldType::kObjectMap:
      return node.is(NodeType::kMap);
  }
  return false;
}

std::string hint_for_type(const Field& field, const Node& node) {
  const bool scalar = !node.is(NodeType::kList) && !node.is(NodeType::kMap);
  switch (field.type) {
    case FieldType::kText:
      return scalar ? "put it in quotes" : "";
    case FieldType::kDuration:
    case FieldType::kDurationOrNever:
      return node.is(NodeType::kInteger) ? "add a unit: ms, s, m, h, d or w" : "";
    case FieldType::kInteger:
    case FieldType::kNumber:
    case FieldType::kBool:
      return node.is(NodeType::kText) ? "write it without quotes" : "";
    case FieldType::kTextList:
    case FieldType::kObjectList:
      return scalar ? "write a list, even of one" : "";
    default:
      return {};
  }
}

std::string bound_words(const Field& field) {
  const bool from = field.min != kUnset;
  const bool to = field.max != kUnset;
  if (from && to) {
    return fmt::format("between {} and {}", bound(field, field.min), bound(field, field.max));
  }
  if (from) {
    return fmt::format("at least {}", bound(field, field.min));
  }
  return to ? fmt::format("at most {}", bound(field, field.max)) : std::string();
}

std::string choice_words(const Field& field) {
  return fmt::format("one of: {}", fmt::join(core::split_words(field.choices), ", "));
}

std::string item_words(const Field& field) {
  if (!field.choices.empty()) {
    return choice_words(field);
  }
  if (field.spelling != nullptr) {
    return std::string(field.spelling->words);
  }
  return fmt::format("a text of 1 to {} bytes",
                     field.type == FieldType::kText ? most(field) : kTextBytesMax);
}

std::string_view type_words(FieldType type) {
  static constexpr std::array<std::string_view, 14> kWords{"text",
                                                           "true or false",
                                                           "whole number",
                                                           "number",
                                                           "duration",
                                                           "duration or `never`",
                                                           "any value",
                                                           "any map",
                                                           "object",
                                                           "list of texts",
                                                           "map of texts",
                                                           "map of quantities",
                                                           "list of objects",
                                                           "map of objects"};
  return kWords[static_cast<std::size_t>(type)];
}

std::string expectation(const Field& field) {
  const std::string limits = bound_words(field);
  const auto with_limits = [&](std::string_view words) {
    return limits.empty() ? std::string(words) : fmt::format("{} {}", words, limits);
  };
  switch (field.type) {
    case FieldType::kText:
      return item_words(field);
    case FieldType::kDuration:
      return with_limits("a duration like 30s, 5m or 7d");
    case FieldType::kDurationOrNever:
      return with_limits("a duration like 30s, 5m or 7d, or 'never',");
    case FieldType::kTextList:
    case FieldType::kObjectList:
    case FieldType::kTextMap:
    case FieldType::kQuantityMap:
    case FieldType::kObjectMap:
      return limits.empty() ? fmt::format("a {} of at most {}", type_words(field.type), most(field))
                            : fmt::format("a {} with {} members", type_words(field.type), limits);
    case FieldType::kBool:
      return "true or false";
    case FieldType::kJson:
      return "any value";
    case FieldType::kJsonMap:
    case FieldType::kObject:
      return "a map";
    case FieldType::kInteger:
      return with_limits("a whole number");
    case FieldType::kNumber:
      return with_limits("a number");
  }
  return {};
}

}  // namespace layer::resources
