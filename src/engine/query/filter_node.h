// The inside of a BoundFilter: a tree whose leaves are reduced to a few tests, so that evaluating a
// segment and testing a row know five kinds of leaf instead of twenty-five operators.
// Thread safety: immutable once bound.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/query/execute.h"
#include "engine/query/query_tokens.h"
#include "engine/text/pattern.h"
#include "wire/filter.h"
#include "wire/value.h"

namespace layer::engine::query {

// What a token operator asks of a document's tokens.
struct TokenTest {
  enum class Mode : std::uint8_t { kAll, kAny, kSequence };
  Mode mode = Mode::kAll;
  bool last_as_prefix = false;
  wire::FullTextConfig config;
  std::vector<std::string> texts;  // the operand, to analyse anew where a segment differs
  std::vector<QueryToken> tokens;  // under `config`
};

struct Edge {
  wire::Value value;
  bool inclusive = false;
};

struct Leaf {
  enum class Test : std::uint8_t {
    kNothing,
    kEverything,
    kMissing,  // no value
    kAnyOf,    // some value is in `values`
    kRange,    // some value lies between `lower` and `upper`
    kPattern,  // some value matches `pattern`
    kTokens,
  };
  Test test = Test::kNothing;
  bool or_missing = false;  // documents without a value match as well
  bool negate = false;      // the complement, over all documents

  std::vector<wire::Value> values;  // ascending, distinct
  std::optional<Edge> lower;
  std::optional<Edge> upper;
  std::shared_ptr<const text::Pattern> pattern;
  TokenTest tokens;
};

struct BoundFilter::Node {
  enum class Kind : std::uint8_t { kAnd, kOr, kNot, kLeaf };
  Kind kind = Kind::kAnd;
  std::vector<Node> children{};

  // Leaves only.
  std::string attribute{};  // as written
  bool on_id = false;       // else `attr` names the attribute
  AttrId attr = 0;
  wire::AttributeType type{};  // of the attribute or of the ids
  wire::FilterOp op = wire::FilterOp::kEq;
  Leaf leaf{};
  // The operand is this attribute of the incoming row ("id" has no AttrId): `leaf` is made per row.
  std::optional<std::string> reference{};
  std::optional<AttrId> reference_attr{};
};

// The test of an operator against these values; nullopt stands for a null operand.
Leaf make_leaf(wire::FilterOp op, std::optional<std::vector<wire::Value>> operand);

// True when `row` passes. `incoming` as in BoundFilter::matches.
bool row_matches(const BoundFilter::Node& node, const Row& row, const Row* incoming);

}  // namespace layer::engine::query
