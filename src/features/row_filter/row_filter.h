// A filter of the store's language over single rows (rules F1 to F3 of the contract). Operators
// that compare values are evaluated; a filter with any other, with an attribute that is unknown,
// not filterable or no scalar or array of them, or with an operand that does not fit its type is
// not evaluable: the store says what it makes of it.
//
// Thread safety: immutable once made. Cost of a row: its text is parsed once.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "wire/filter.h"
#include "wire/schema.h"

namespace layer::features::row_filter {

class RowFilter {
 public:
  // `filter` is JSON text; empty: every row passes. nullopt: not evaluable.
  static std::optional<RowFilter> make(std::string_view filter, const wire::Schema& schema);

  // `attributes`: one JSON object. nullopt: it holds something that its schema does not say.
  std::optional<bool> matches(const wire::Id& id, std::string_view attributes) const;

 private:
  enum class Test : std::uint8_t { kMissing, kPresent, kAnyOf, kRange };
  struct Leaf {
    std::size_t column = 0;  // of columns_
    Test test = Test::kAnyOf;
    bool negate = false;      // of kAnyOf
    bool or_missing = false;  // of kRange
    wire::FilterOp op = wire::FilterOp::kEq;
    std::vector<wire::Value> operands{};
  };
  // Nodes in the order of a walk: a node's children follow it, each with its own.
  struct Node {
    enum class Kind : std::uint8_t { kAnd, kOr, kNot, kLeaf };
    Kind kind = Kind::kLeaf;
    std::vector<Node> children{};
    Leaf leaf{};
  };
  struct Column {
    bool is_id = false;
    wire::Attribute attribute{};
  };
  // The elements of each column in a row; nullopt: it is missing.
  using Row = std::vector<std::optional<std::vector<wire::Value>>>;

  RowFilter() = default;
  std::optional<Node> bind(const wire::Filter& filter, const wire::Schema& schema);
  std::optional<Node> bind_leaf(const wire::Comparison& comparison, const wire::Schema& schema);
  std::optional<Node> bind_children(Node::Kind kind, const std::vector<wire::Filter>& children,
                                    const wire::Schema& schema);
  std::optional<std::size_t> column_of(std::string_view name, const wire::Schema& schema);
  static bool passes(const Node& node, const Row& row);
  static bool passes(const Leaf& leaf, const Row& row);

  std::vector<Column> columns_;
  Node root_{.kind = Node::Kind::kAnd};
};

}  // namespace layer::features::row_filter
