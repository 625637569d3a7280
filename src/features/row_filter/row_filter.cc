#include "features/row_filter/row_filter.h"

#include <algorithm>
#include <string>
#include <utility>

#include "json/document.h"
#include "wire/filter_parse.h"
#include "wire/typing.h"

namespace layer::features::row_filter {
namespace {

using wire::FilterOp;
using wire::Kind;
using wire::Value;

bool is_plain(const wire::Attribute& attribute) {
  switch (attribute.type.kind) {
    case Kind::kString:
    case Kind::kInt:
    case Kind::kUint:
    case Kind::kFloat:
    case Kind::kUuid:
    case Kind::kDatetime:
    case Kind::kBool:
      return attribute.filterable;
    default:
      return false;
  }
}

// Operators as they are meant for one kind of attribute; others are the store's business.
bool fits(FilterOp op, bool array) {
  switch (op) {
    case FilterOp::kEq:
    case FilterOp::kNotEq:
    case FilterOp::kLt:
    case FilterOp::kLte:
    case FilterOp::kGt:
    case FilterOp::kGte:
    case FilterOp::kIn:
    case FilterOp::kNotIn:
      return !array;
    case FilterOp::kContains:
    case FilterOp::kNotContains:
    case FilterOp::kContainsAny:
    case FilterOp::kNotContainsAny:
    case FilterOp::kAnyLt:
    case FilterOp::kAnyLte:
    case FilterOp::kAnyGt:
    case FilterOp::kAnyGte:
      return array;
    default:
      return false;
  }
}

bool takes_list(FilterOp op) {
  return op == FilterOp::kIn || op == FilterOp::kNotIn || op == FilterOp::kContainsAny ||
         op == FilterOp::kNotContainsAny;
}

bool is_negated(FilterOp op) {
  return op == FilterOp::kNotEq || op == FilterOp::kNotIn || op == FilterOp::kNotContains ||
         op == FilterOp::kNotContainsAny;
}

bool is_range(FilterOp op) {
  switch (op) {
    case FilterOp::kLt:
    case FilterOp::kLte:
    case FilterOp::kGt:
    case FilterOp::kGte:
    case FilterOp::kAnyLt:
    case FilterOp::kAnyLte:
    case FilterOp::kAnyGt:
    case FilterOp::kAnyGte:
      return true;
    default:
      return false;
  }
}

template <class T>
std::optional<int> compare_as(const Value& left, const Value& right) {
  const T* const a = std::get_if<T>(&left);
  const T* const b = std::get_if<T>(&right);
  if (a == nullptr || b == nullptr) {
    return std::nullopt;
  }
  if (*a < *b) {
    return -1;
  }
  return *b < *a ? 1 : 0;
}

// nullopt: of different types, which never match.
std::optional<int> compare(const Value& left, const Value& right) {
  if (left.index() != right.index()) {
    return std::nullopt;
  }
  if (auto order = compare_as<std::int64_t>(left, right)) {
    return order;
  }
  if (auto order = compare_as<std::uint64_t>(left, right)) {
    return order;
  }
  if (auto order = compare_as<double>(left, right)) {
    return order;
  }
  if (auto order = compare_as<std::string>(left, right)) {
    return order;
  }
  if (auto order = compare_as<bool>(left, right)) {
    return order;
  }
  if (auto order = compare_as<wire::Uuid>(left, right)) {
    return order;
  }
  return compare_as<wire::Datetime>(left, right);
}

bool holds(FilterOp op, const Value& value, const Value& operand) {
  const auto order = compare(value, operand);
  if (!order) {
    return false;
  }
  switch (op) {
    case FilterOp::kLt:
    case FilterOp::kAnyLt:
      return *order < 0;
    case FilterOp::kLte:
    case FilterOp::kAnyLte:
      return *order <= 0;
    case FilterOp::kGt:
    case FilterOp::kAnyGt:
      return *order > 0;
    case FilterOp::kGte:
    case FilterOp::kAnyGte:
      return *order >= 0;
    default:
      return *order == 0;
  }
}

Value value_of(const wire::Id& id) {
  return std::visit([](const auto& text) { return Value(text); }, id);
}

template <class T>
void append_elements(const Value& value, std::vector<Value>& out) {
  if (const auto* const list = std::get_if<std::vector<T>>(&value)) {
    for (const T& element : *list) {
      out.emplace_back(element);
    }
  }
}

// A scalar as the only one.
std::vector<Value> elements_of(const Value& value, bool array) {
  std::vector<Value> out;
  if (!array) {
    out.push_back(value);
    return out;
  }
  append_elements<std::int64_t>(value, out);
  append_elements<std::uint64_t>(value, out);
  append_elements<double>(value, out);
  append_elements<std::string>(value, out);
  append_elements<wire::Uuid>(value, out);
  append_elements<wire::Datetime>(value, out);
  if (const auto* const flags = std::get_if<std::vector<std::uint8_t>>(&value)) {
    for (const std::uint8_t flag : *flags) {
      out.emplace_back(flag != 0);
    }
  }
  return out;
}

}  // namespace

std::optional<RowFilter> RowFilter::make(std::string_view filter, const wire::Schema& schema) {
  RowFilter out;
  if (filter.empty()) {
    return out;
  }
  const auto document = json::Document::parse(std::string(filter));
  if (!document) {
    return std::nullopt;
  }
  const auto parsed = wire::parse_filter(document->root(), json::Path(document->text()));
  if (!parsed) {
    return std::nullopt;
  }
  auto root = out.bind(*parsed, schema);
  if (!root) {
    return std::nullopt;
  }
  out.root_ = std::move(*root);
  return out;
}

std::optional<RowFilter::Node> RowFilter::bind(const wire::Filter& filter,
                                               const wire::Schema& schema) {
  if (const auto* const all = std::get_if<wire::FilterAnd>(&filter.node)) {
    return bind_children(Node::Kind::kAnd, all->children, schema);
  }
  if (const auto* const any = std::get_if<wire::FilterOr>(&filter.node)) {
    return bind_children(Node::Kind::kOr, any->children, schema);
  }
  if (const auto* const negated = std::get_if<wire::FilterNot>(&filter.node)) {
    return bind_children(Node::Kind::kNot, negated->child, schema);
  }
  return bind_leaf(std::get<wire::Comparison>(filter.node), schema);
}

std::optional<RowFilter::Node> RowFilter::bind_children(Node::Kind kind,
                                                        const std::vector<wire::Filter>& children,
                                                        const wire::Schema& schema) {
  Node node{.kind = kind};
  for (const wire::Filter& child : children) {
    auto bound = bind(child, schema);
    if (!bound) {
      return std::nullopt;
    }
    node.children.push_back(std::move(*bound));
  }
  return node;
}

std::optional<std::size_t> RowFilter::column_of(std::string_view name, const wire::Schema& schema) {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].is_id ? name == "id" : columns_[i].attribute.name == name) {
      return i;
    }
  }
  Column column{.is_id = name == "id"};
  if (!column.is_id) {
    const auto attribute = schema.find(name);
    if (!attribute || !is_plain(schema.at(*attribute))) {
      return std::nullopt;
    }
    column.attribute = schema.at(*attribute);
  }
  columns_.push_back(std::move(column));
  return columns_.size() - 1;
}

std::optional<RowFilter::Node> RowFilter::bind_leaf(const wire::Comparison& comparison,
                                                    const wire::Schema& schema) {
  const auto column = column_of(comparison.attribute, schema);
  if (!column) {
    return std::nullopt;
  }
  const Column& found = columns_[*column];
  const bool array = !found.is_id && found.attribute.type.array;
  const wire::Literal& operand = comparison.operand;
  const auto* const list = std::get_if<wire::LiteralArray>(&operand.value);
  if (!fits(comparison.op, array) || (list != nullptr) != takes_list(comparison.op) ||
      (found.is_id && !schema.id_type)) {
    return std::nullopt;
  }
  Node node;
  Leaf& leaf = node.leaf;
  leaf.column = *column;
  leaf.op = comparison.op;
  if (operand.is_null()) {
    // Only these say of null what the store says of it, whatever the attribute.
    if (comparison.op != FilterOp::kEq && comparison.op != FilterOp::kNotEq) {
      return std::nullopt;
    }
    leaf.test = comparison.op == FilterOp::kEq ? Test::kMissing : Test::kPresent;
    return node;
  }
  const auto take = [&](const wire::Literal& literal) {
    if (found.is_id) {
      auto id = wire::read_id(literal, *schema.id_type);
      if (id) {
        leaf.operands.push_back(value_of(*id));
      }
      return id.has_value();
    }
    auto value = wire::fit_scalar(found.attribute.type, literal);
    if (value) {
      leaf.operands.push_back(std::move(*value));
    }
    return value.has_value();
  };
  const bool all_fit = list != nullptr ? std::ranges::all_of(*list, take) : take(operand);
  if (!all_fit) {
    return std::nullopt;
  }
  leaf.test = is_range(comparison.op) ? Test::kRange : Test::kAnyOf;
  leaf.negate = is_negated(comparison.op);
  leaf.or_missing = comparison.op == FilterOp::kLt || comparison.op == FilterOp::kLte;
  return node;
}

std::optional<bool> RowFilter::matches(const wire::Id& id, std::string_view attributes) const {
  if (columns_.empty()) {
    return passes(root_, {});
  }
  const auto document = json::Document::parse(std::string(attributes));
  if (!document) {
    return std::nullopt;
  }
  Row row(columns_.size());
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const Column& column = columns_[i];
    if (column.is_id) {
      row[i] = {value_of(id)};
      continue;
    }
    json::Value written;
    if (document->root()[column.attribute.name].get(written) != simdjson::SUCCESS ||
        written.is_null()) {
      continue;
    }
    const auto value = wire::read_value(column.attribute, written);
    if (!value) {
      return std::nullopt;
    }
    row[i] = elements_of(*value, column.attribute.type.array);
  }
  return passes(root_, row);
}

bool RowFilter::passes(const Node& node, const Row& row) {
  const auto child_passes = [&row](const Node& child) { return passes(child, row); };
  switch (node.kind) {
    case Node::Kind::kAnd:
      return std::ranges::all_of(node.children, child_passes);
    case Node::Kind::kOr:
      return std::ranges::any_of(node.children, child_passes);
    case Node::Kind::kNot:
      return std::ranges::none_of(node.children, child_passes);
    case Node::Kind::kLeaf:
      break;
  }
  return passes(node.leaf, row);
}

bool RowFilter::passes(const Leaf& leaf, const Row& row) {
  const auto& elements = row[leaf.column];
  const bool any = elements && std::ranges::any_of(*elements, [&leaf](const Value& element) {
                     return std::ranges::any_of(leaf.operands, [&](const Value& operand) {
                       return holds(leaf.op, element, operand);
                     });
                   });
  switch (leaf.test) {
    case Test::kMissing:
      return !elements;
    case Test::kPresent:
      return elements.has_value();
    case Test::kAnyOf:
      return any != leaf.negate;
    case Test::kRange:
      return any || (leaf.or_missing && !elements);
  }
  return false;
}

}  // namespace layer::features::row_filter
