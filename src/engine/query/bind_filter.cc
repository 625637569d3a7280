#include <algorithm>

#include "core/limits.h"
#include "engine/query/errors.h"
#include "engine/query/filter_node.h"
#include "engine/query/values.h"
#include "wire/typing.h"

namespace layer::engine::query {
namespace {

using wire::Comparison;
using wire::FilterOp;
using wire::Kind;
using Node = BoundFilter::Node;

enum class Operand : std::uint8_t { kScalar, kList, kPattern, kTokens };
enum class Takes : std::uint8_t { kScalars, kArrays, kBoth };

struct OpRule {
  Operand operand;
  Takes takes;
};

OpRule rule_of(FilterOp op) {
  switch (op) {
    case FilterOp::kEq:
    case FilterOp::kNotEq:
    case FilterOp::kLt:
    case FilterOp::kLte:
    case FilterOp::kGt:
    case FilterOp::kGte:
      return {Operand::kScalar, Takes::kScalars};
    case FilterOp::kIn:
    case FilterOp::kNotIn:
      return {Operand::kList, Takes::kBoth};
    case FilterOp::kContains:
    case FilterOp::kNotContains:
    case FilterOp::kAnyLt:
    case FilterOp::kAnyLte:
    case FilterOp::kAnyGt:
    case FilterOp::kAnyGte:
      return {Operand::kScalar, Takes::kArrays};
    case FilterOp::kContainsAny:
    case FilterOp::kNotContainsAny:
      return {Operand::kList, Takes::kArrays};
    case FilterOp::kGlob:
    case FilterOp::kNotGlob:
    case FilterOp::kIGlob:
    case FilterOp::kNotIGlob:
    case FilterOp::kRegex:
    case FilterOp::kFuzzy:
      return {Operand::kPattern, Takes::kBoth};
    case FilterOp::kContainsAllTokens:
    case FilterOp::kContainsAnyToken:
    case FilterOp::kContainsTokenSequence:
      return {Operand::kTokens, Takes::kBoth};
  }
  return {Operand::kScalar, Takes::kScalars};
}

bool is_in(FilterOp op) {
  return op == FilterOp::kIn || op == FilterOp::kNotIn;
}

std::unexpected<Error> refuse_key(const Comparison& comparison, const std::string& why) {
  return refuse_plainly("filter error in key `" + comparison.attribute + "`: " + why);
}

std::unexpected<Error> mismatch(const Comparison& comparison, std::string_view expected) {
  return refuse_key(comparison, "type mismatch, " + std::string(name(comparison.op)) + " expects " +
                                    std::string(expected) + ", but got " +
                                    quoted(comparison.operand));
}

std::string expected_type(const Node& node, Operand operand) {
  wire::AttributeType scalar = node.type;
  scalar.array = false;
  if (operand != Operand::kList) {
    return to_string(scalar);
  }
  wire::AttributeType list = scalar;
  list.array = true;
  return is_in(node.op) ? to_string(scalar) + " or " + to_string(list) : to_string(list);
}

// Nothing is known about the elements of "[]unknown" but that there are none: any scalar fits.
std::optional<wire::Value> fit(const wire::AttributeType& type, const wire::Literal& literal) {
  if (type.kind == Kind::kUnknown) {
    const bool nested = std::holds_alternative<wire::LiteralArray>(literal.value) ||
                        std::holds_alternative<wire::LiteralObject>(literal.value);
    return nested ? std::nullopt : std::optional(wire::Value());
  }
  return wire::fit_scalar(type, literal);
}

Result<void> bind_values(const Comparison& comparison, Operand operand, Node& node) {
  if (operand == Operand::kScalar && comparison.operand.is_null() &&
      rule_of(comparison.op).takes != Takes::kArrays) {
    node.leaf = make_leaf(comparison.op, std::nullopt);
    return {};
  }
  std::vector<wire::Value> values;
  const auto* list = std::get_if<wire::LiteralArray>(&comparison.operand.value);
  if (operand == Operand::kList && list != nullptr) {
    for (const wire::Literal& element : *list) {
      auto value = fit(node.type, element);
      if (!value) {
        return mismatch(comparison, expected_type(node, operand));
      }
      values.push_back(std::move(*value));
    }
  } else {
    auto value = operand == Operand::kList && !is_in(comparison.op)
                     ? std::nullopt
                     : fit(node.type, comparison.operand);
    if (!value) {
      return mismatch(comparison, expected_type(node, operand));
    }
    values.push_back(std::move(*value));
  }
  if (node.type.kind == Kind::kUnknown) {
    values.clear();
  }
  node.leaf = make_leaf(comparison.op, std::move(values));
  return {};
}

Result<void> bind_pattern(const Comparison& comparison, Node& node) {
  const auto* text = std::get_if<std::string>(&comparison.operand.value);
  if (node.type.kind != Kind::kString || text == nullptr) {
    return mismatch(comparison, "string");
  }
  const auto compiled = [&]() -> Result<std::unique_ptr<text::Pattern>> {
    switch (comparison.op) {
      case FilterOp::kRegex:
        return text::compile_regex(*text);
      case FilterOp::kFuzzy:
        return text::compile_fuzzy(*text, comparison.max_edit_distance, comparison.case_sensitive);
      case FilterOp::kIGlob:
      case FilterOp::kNotIGlob:
        return text::compile_glob(*text, true);
      default:
        return text::compile_glob(*text, false);
    }
  };
  auto pattern = compiled();
  if (!pattern) {
    return refuse_key(comparison, pattern.error().message);
  }
  node.leaf.test = Leaf::Test::kPattern;
  node.leaf.pattern = std::move(*pattern);
  node.leaf.negate = comparison.op == FilterOp::kNotGlob || comparison.op == FilterOp::kNotIGlob;
  return {};
}

Result<void> bind_tokens(const Comparison& comparison, const wire::FullTextConfig& config,
                         Node& node) {
  auto texts = operand_texts(config, comparison.operand);
  if (!texts) {
    return mismatch(comparison, operand_type(config));
  }
  TokenTest& tokens = node.leaf.tokens;
  node.leaf.test = Leaf::Test::kTokens;
  tokens.mode = comparison.op == FilterOp::kContainsAllTokens  ? TokenTest::Mode::kAll
                : comparison.op == FilterOp::kContainsAnyToken ? TokenTest::Mode::kAny
                                                               : TokenTest::Mode::kSequence;
  tokens.last_as_prefix = comparison.last_as_prefix;
  tokens.config = config;
  tokens.texts = std::move(*texts);
  tokens.tokens = analyze(config, tokens.texts);
  return {};
}

Result<void> check_index(const Comparison& comparison, const wire::Attribute& attribute) {
  const auto need = [&](bool on, std::string_view what) -> Result<void> {
    if (on) {
      return {};
    }
    return refuse_key(comparison, std::string(name(comparison.op)) +
                                      " is not possible, the attribute is not " +
                                      std::string(what) + "; this requires a schema update");
  };
  switch (comparison.op) {
    case FilterOp::kGlob:
    case FilterOp::kNotGlob:
    case FilterOp::kIGlob:
    case FilterOp::kNotIGlob:
      return need(attribute.glob || attribute.filterable, "filterable");
    case FilterOp::kRegex:
      return need(attribute.regex, "enabled for regex");
    case FilterOp::kFuzzy:
      return need(attribute.fuzzy, "enabled for fuzzy search");
    case FilterOp::kContainsAllTokens:
    case FilterOp::kContainsAnyToken:
    case FilterOp::kContainsTokenSequence:
      return need(attribute.full_text.has_value(), "enabled for full-text search");
    default:
      return need(attribute.filterable, "filterable");
  }
}

Result<void> check_shape(const Comparison& comparison, const Node& node, const OpRule& rule) {
  const bool asks_presence = comparison.operand.is_null() &&
                             (comparison.op == FilterOp::kEq || comparison.op == FilterOp::kNotEq);
  const bool scalar_kind = node.type.kind != Kind::kDense && node.type.kind != Kind::kSparse &&
                           node.type.kind != Kind::kMultiVector;
  if (asks_presence) {
    return {};
  }
  const bool array = node.type.array;
  if (!scalar_kind || (rule.takes == Takes::kScalars && array) ||
      (rule.takes == Takes::kArrays && !array)) {
    return refuse_key(comparison, "type mismatch, " + std::string(name(comparison.op)) +
                                      " is not supported on attributes of type " +
                                      to_string(node.type));
  }
  return {};
}

Result<void> bind_reference(const wire::Schema& schema, const Comparison& comparison,
                            const wire::RefNew& reference, Node& node) {
  node.reference = reference.attribute;
  wire::AttributeType type;
  if (reference.attribute == "id") {
    type = schema.id_type ? type_of_ids(*schema.id_type) : wire::AttributeType{};
  } else {
    node.reference_attr = schema.find(reference.attribute);
    if (!node.reference_attr) {
      return refuse_key(
          comparison, "`$ref_new` names `" + reference.attribute + "`, which is not in the schema");
    }
    type = schema.at(*node.reference_attr).type;
  }
  const Operand operand = rule_of(comparison.op).operand;
  const bool list_fits = operand == Operand::kList && (type.array || is_in(comparison.op));
  const bool scalar_fits = operand == Operand::kScalar && !type.array;
  if (type.kind != node.type.kind || (!list_fits && !scalar_fits)) {
    return refuse_key(comparison, "type mismatch, " + std::string(name(comparison.op)) +
                                      " expects " + expected_type(node, operand) +
                                      ", but `$ref_new` names an attribute of type " +
                                      to_string(type));
  }
  return {};
}

Result<Node> bind_comparison(const wire::Schema& schema, const Comparison& comparison,
                             bool conditions) {
  Node node;
  node.kind = Node::Kind::kLeaf;
  node.attribute = comparison.attribute;
  node.op = comparison.op;
  const OpRule rule = rule_of(comparison.op);
  const wire::Attribute* attribute = nullptr;
  if (comparison.attribute == "id") {
    node.on_id = true;
    if (!schema.id_type) {
      return node;  // no document was ever written: nothing matches
    }
    node.type = type_of_ids(*schema.id_type);
    if (rule.operand == Operand::kPattern || rule.operand == Operand::kTokens) {
      return refuse_key(comparison, std::string(name(comparison.op)) + " is not supported on id");
    }
  } else {
    const auto attr = schema.find(comparison.attribute);
    if (!attr) {
      return refuse_key(comparison, "attribute not found");
    }
    node.attr = *attr;
    attribute = &schema.at(*attr);
    node.type = attribute->type;
    LAYER_TRY(check_index(comparison, *attribute));
  }
  LAYER_TRY(check_shape(comparison, node, rule));
  if (const auto* reference = std::get_if<wire::RefNew>(&comparison.operand.value)) {
    if (!conditions) {
      return refuse_key(comparison, "`$ref_new` is only available in write conditions");
    }
    LAYER_TRY(bind_reference(schema, comparison, *reference, node));
    return node;
  }
  switch (rule.operand) {
    case Operand::kScalar:
    case Operand::kList:
      LAYER_TRY(bind_values(comparison, rule.operand, node));
      break;
    case Operand::kPattern:
      LAYER_TRY(bind_pattern(comparison, node));
      break;
    case Operand::kTokens:
      LAYER_TRY(bind_tokens(comparison, *attribute->full_text, node));
      break;
  }
  return node;
}

Result<Node> bind_node(const wire::Schema& schema, const wire::Filter& filter, bool conditions,
                       std::size_t depth) {
  if (depth > core::limits::filter_depth_max) {
    return refuse("filters are nested too deeply");
  }
  if (const auto* comparison = std::get_if<Comparison>(&filter.node)) {
    return bind_comparison(schema, *comparison, conditions);
  }
  Node node;
  const std::vector<wire::Filter>* children = nullptr;
  if (const auto* all = std::get_if<wire::FilterAnd>(&filter.node)) {
    node.kind = Node::Kind::kAnd;
    children = &all->children;
  } else if (const auto* any = std::get_if<wire::FilterOr>(&filter.node)) {
    node.kind = Node::Kind::kOr;
    children = &any->children;
  } else {
    node.kind = Node::Kind::kNot;
    children = &std::get<wire::FilterNot>(filter.node).child;
  }
  for (const wire::Filter& child : *children) {
    LAYER_ASSIGN(Node bound, bind_node(schema, child, conditions, depth + 1));
    node.children.push_back(std::move(bound));
  }
  return node;
}

}  // namespace

Result<BoundFilter> BoundFilter::bind(const wire::Schema& schema, const wire::Filter& filter,
                                      bool conditions) {
  LAYER_ASSIGN(Node root, bind_node(schema, filter, conditions, 0));
  BoundFilter bound;
  bound.root_ = std::make_shared<const Node>(std::move(root));
  return bound;
}

bool BoundFilter::matches(const Row& row, const Row* incoming) const {
  return row_matches(*root_, row, incoming);
}

}  // namespace layer::engine::query
