// Filters over one row in memory: write conditions, and re-checks of filter writes.
#include <algorithm>
#include <concepts>
#include <type_traits>

#include "engine/query/filter_node.h"
#include "engine/query/values.h"

namespace layer::engine::query {
namespace {

using Node = BoundFilter::Node;

// The value itself, or the elements of an array.
std::vector<wire::Value> scalars(const wire::Value& value) {
  return std::visit(
      [&]<class T>(const T& held) -> std::vector<wire::Value> {
        if constexpr (std::same_as<T, std::vector<std::uint8_t>>) {
          std::vector<wire::Value> flags;
          for (const std::uint8_t flag : held) {
            flags.emplace_back(flag != 0);
          }
          return flags;
        } else if constexpr (requires { typename T::value_type; } &&
                             !std::same_as<T, std::string>) {
          return std::vector<wire::Value>(held.begin(), held.end());
        } else if constexpr (std::same_as<T, wire::EmptyArray> || std::same_as<T, wire::Null>) {
          return {};
        } else {
          return {value};
        }
      },
      value);
}

bool in_range(const Leaf& leaf, const wire::Value& value) {
  if (leaf.lower) {
    const int order = compare(value, leaf.lower->value);
    if (order < 0 || (order == 0 && !leaf.lower->inclusive)) {
      return false;
    }
  }
  if (leaf.upper) {
    const int order = compare(value, leaf.upper->value);
    if (order > 0 || (order == 0 && !leaf.upper->inclusive)) {
      return false;
    }
  }
  return true;
}

bool same_token(const TokenTest& test, std::size_t index, std::string_view token) {
  const std::string& wanted = test.tokens[index].text;
  const bool prefix = test.last_as_prefix && index + 1 == test.tokens.size();
  return prefix ? token.starts_with(wanted) : token == wanted;
}

bool sequence_at(const TokenTest& test, const std::vector<QueryToken>& stored,
                 std::uint32_t start) {
  for (std::size_t i = 0; i < test.tokens.size(); ++i) {
    const std::uint32_t position = start + test.tokens[i].position - test.tokens[0].position;
    if (std::ranges::none_of(stored, [&](const QueryToken& token) {
          return token.position == position && same_token(test, i, token.text);
        })) {
      return false;
    }
  }
  return true;
}

bool tokens_match(const TokenTest& test, const wire::Value& value) {
  if (test.tokens.empty()) {
    return test.mode != TokenTest::Mode::kAny;
  }
  const std::vector<QueryToken> stored = analyze_value(test.config, value);
  if (test.mode == TokenTest::Mode::kSequence) {
    return std::ranges::any_of(
        stored, [&](const QueryToken& token) { return sequence_at(test, stored, token.position); });
  }
  std::size_t found = 0;
  for (std::size_t i = 0; i < test.tokens.size(); ++i) {
    found += std::ranges::any_of(
                 stored, [&](const QueryToken& token) { return same_token(test, i, token.text); })
                 ? 1
                 : 0;
  }
  return test.mode == TokenTest::Mode::kAll ? found == test.tokens.size() : found > 0;
}

bool some_value(const Leaf& leaf, const std::vector<wire::Value>& values) {
  return std::ranges::any_of(values, [&](const wire::Value& value) {
    switch (leaf.test) {
      case Leaf::Test::kAnyOf:
        return std::ranges::any_of(
            leaf.values, [&](const wire::Value& wanted) { return compare(value, wanted) == 0; });
      case Leaf::Test::kRange:
        return in_range(leaf, value);
      case Leaf::Test::kPattern:
        return leaf.pattern->matches(std::get<std::string>(value));
      default:
        return false;
    }
  });
}

bool leaf_matches(const Leaf& leaf, const wire::Value* stored) {
  const bool missing = stored == nullptr || wire::is_null(*stored);
  bool positive = false;
  switch (leaf.test) {
    case Leaf::Test::kNothing:
      break;
    case Leaf::Test::kEverything:
      positive = true;
      break;
    case Leaf::Test::kMissing:
      positive = missing;
      break;
    case Leaf::Test::kTokens:
      positive = tokens_match(leaf.tokens, missing ? wire::Value() : *stored);
      break;
    default:
      positive = missing ? leaf.or_missing : some_value(leaf, scalars(*stored));
  }
  return positive != leaf.negate;
}

// What $ref_new stands for: null when deleting or when the write does not name the attribute.
Leaf referenced_leaf(const Node& node, const Row* incoming) {
  if (incoming == nullptr) {
    return make_leaf(node.op, std::nullopt);
  }
  if (!node.reference_attr) {
    return make_leaf(node.op, std::vector{to_value(incoming->id)});
  }
  const wire::Value* value = incoming->find(*node.reference_attr);
  if (value == nullptr || wire::is_null(*value)) {
    return make_leaf(node.op, std::nullopt);
  }
  return make_leaf(node.op, scalars(*value));
}

bool comparison_matches(const Node& node, const Row& row, const Row* incoming) {
  wire::Value id;
  const wire::Value* stored = nullptr;
  if (node.on_id) {
    id = to_value(row.id);
    stored = &id;
  } else {
    stored = row.find(node.attr);
  }
  return node.reference ? leaf_matches(referenced_leaf(node, incoming), stored)
                        : leaf_matches(node.leaf, stored);
}

}  // namespace

bool row_matches(const Node& node, const Row& row, const Row* incoming) {
  const auto passes = [&](const Node& child) { return row_matches(child, row, incoming); };
  switch (node.kind) {
    case Node::Kind::kAnd:
      return std::ranges::all_of(node.children, passes);
    case Node::Kind::kOr:
      return std::ranges::any_of(node.children, passes);
    case Node::Kind::kNot:
      return !passes(node.children.front());
    case Node::Kind::kLeaf:
      return comparison_matches(node, row, incoming);
  }
  return false;
}

}  // namespace layer::engine::query
