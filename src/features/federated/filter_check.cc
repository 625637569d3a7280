#include "features/federated/filter_check.h"

#include <algorithm>

#include <fmt/format.h>

#include "wire/typing.h"

namespace layer::features::federated {
namespace {

using wire::FilterOp;
using Mismatch = std::optional<std::string>;

// The index that the operator needs of the attribute, where it lacks it; empty: it has it.
std::string_view missing_index(FilterOp op, const wire::Attribute& attribute) {
  switch (op) {
    case FilterOp::kGlob:
    case FilterOp::kNotGlob:
    case FilterOp::kIGlob:
    case FilterOp::kNotIGlob:
      return attribute.glob || attribute.filterable ? "" : "filterable";
    case FilterOp::kRegex:
      return attribute.regex ? "" : "regex";
    case FilterOp::kFuzzy:
      return attribute.fuzzy ? "" : "fuzzy";
    case FilterOp::kContainsAllTokens:
    case FilterOp::kContainsAnyToken:
    case FilterOp::kContainsTokenSequence:
      return attribute.full_text ? "" : "full_text_search";
    default:
      return attribute.filterable ? "" : "filterable";
  }
}

bool fits(const wire::AttributeType& type, const wire::Literal& literal) {
  if (literal.is_null()) {
    return true;
  }
  if (const auto* const list = std::get_if<wire::LiteralArray>(&literal.value)) {
    return std::ranges::all_of(*list, [&](const wire::Literal& item) {
      return item.is_null() || wire::fit_scalar(type, item).has_value();
    });
  }
  return wire::fit_scalar(type, literal).has_value();
}

Mismatch check(const wire::Comparison& leaf, const wire::Schema& schema) {
  if (leaf.attribute == "id") {
    return std::nullopt;
  }
  const auto found = schema.find(leaf.attribute);
  if (!found) {
    return fmt::format("attribute {} is not in the schema", leaf.attribute);
  }
  const wire::Attribute& attribute = schema.at(*found);
  if (const std::string_view index = missing_index(leaf.op, attribute); !index.empty()) {
    return fmt::format("attribute {} is not {}, which {} takes", leaf.attribute, index,
                       wire::name(leaf.op));
  }
  wire::AttributeType type = attribute.type;
  type.array = false;
  if (!fits(type, leaf.operand)) {
    return fmt::format("attribute {} is {}, {} does not fit", leaf.attribute,
                       wire::to_string(attribute.type), wire::describe(leaf.operand));
  }
  return std::nullopt;
}

// Filters nest no deeper than their parser allows.
Mismatch check_all(const std::vector<wire::Filter>& children, const wire::Schema& schema) {
  for (const wire::Filter& child : children) {
    if (auto mismatch = filter_mismatch(child, schema)) {
      return mismatch;
    }
  }
  return std::nullopt;
}

}  // namespace

Mismatch filter_mismatch(const wire::Filter& filter, const wire::Schema& schema) {
  if (const auto* const all = std::get_if<wire::FilterAnd>(&filter.node)) {
    return check_all(all->children, schema);
  }
  if (const auto* const any = std::get_if<wire::FilterOr>(&filter.node)) {
    return check_all(any->children, schema);
  }
  if (const auto* const negated = std::get_if<wire::FilterNot>(&filter.node)) {
    return check_all(negated->child, schema);
  }
  return check(std::get<wire::Comparison>(filter.node), schema);
}

}  // namespace layer::features::federated
