#include "features/legs/rank_order.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <compare>
#include <utility>

#include "features/namespaces/slices.h"

namespace layer::features::legs {
namespace {

using json::Token;
using namespaces::Slice;

// Expressions that are told by their first name; everything else by the operator behind it.
constexpr std::array<std::string_view, 10> kFirstNames{
    "Sum", "Max", "Product", "And", "Or", "Not", "Attribute", "Dist", "Saturate", "Decay"};
constexpr std::string_view kId = "id";

std::optional<OrderClause> clause_of(std::string_view text) {
  const auto items = namespaces::items_of(text);
  if (items.size() != 2 || items[0].token != Token::kString) {
    return std::nullopt;
  }
  const std::string direction = namespaces::string_of(items[1].of(text));
  if (direction != "asc" && direction != "desc") {
    return std::nullopt;
  }
  return OrderClause{.attribute = namespaces::string_of(items[0].of(text)),
                     .descending = direction == "desc"};
}

template <class T>
std::optional<T> number(std::string_view text) {
  T value{};
  const char* const end = text.data() + text.size();
  const auto [rest, fault] = std::from_chars(text.data(), end, value);
  return rest == end && fault == std::errc() ? std::optional(value) : std::nullopt;
}

// Values of different kinds never meet in one attribute; their kinds then decide.
std::size_t rank_of(const OrderValue& value) {
  constexpr std::size_t kNumber = 2;
  constexpr std::size_t kText = 5;
  const std::size_t index = value.index();
  return index > kNumber && index < kText ? kNumber : index;
}

double as_double(const OrderValue& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value)) {
    return static_cast<double>(*whole);
  }
  if (const auto* large = std::get_if<std::uint64_t>(&value)) {
    return static_cast<double>(*large);
  }
  return std::get<double>(value);
}

std::weak_ordering compare(const OrderValue& left, const OrderValue& right) {
  if (const auto kinds = rank_of(left) <=> rank_of(right); kinds != 0) {
    return kinds;
  }
  if (left.index() != right.index() && !std::holds_alternative<double>(left) &&
      !std::holds_alternative<double>(right)) {
    return left.index() <=> right.index();  // of two integers the unsigned one is larger
  }
  if (left.index() == right.index() && !std::holds_alternative<double>(left)) {
    return std::visit(
        [&](const auto& value) -> std::weak_ordering {
          using T = std::decay_t<decltype(value)>;
          if constexpr (std::is_same_v<T, std::monostate> || std::is_same_v<T, double>) {
            return std::weak_ordering::equivalent;
          } else {
            return value <=> std::get<T>(right);
          }
        },
        left);
  }
  const double a = as_double(left);
  const double b = as_double(right);
  return a < b   ? std::weak_ordering::less
         : b < a ? std::weak_ordering::greater
                 : std::weak_ordering::equivalent;
}

std::weak_ordering compare_clause(const OrderClause& clause, std::size_t at, const RankedRow& left,
                                  const RankedRow& right) {
  if (clause.attribute == kId) {
    return left.id <=> right.id;
  }
  return compare(left.keys[at], right.keys[at]);
}

}  // namespace

std::vector<std::string> RankOrder::needed() const {
  std::vector<std::string> names;
  for (const OrderClause& clause : clauses) {
    if (clause.attribute != kId && std::ranges::find(names, clause.attribute) == names.end()) {
      names.push_back(clause.attribute);
    }
  }
  return names;
}

RankOrder rank_order_of(std::string_view rank_by) {
  RankOrder order;
  const auto items = namespaces::items_of(rank_by);
  if (items.empty()) {
    return order;
  }
  if (items[0].token == Token::kBeginArray) {
    for (const Slice& item : items) {
      auto clause = clause_of(item.of(rank_by));
      if (!clause) {
        return order;
      }
      order.clauses.push_back(std::move(*clause));
    }
    order.kind = RankOrder::Kind::kAttributes;
    return order;
  }
  const std::string first = namespaces::string_of(items[0].of(rank_by));
  if (items.size() < 2 || std::ranges::find(kFirstNames, first) != kFirstNames.end()) {
    return order;
  }
  const std::string operation = namespaces::string_of(items[1].of(rank_by));
  if (operation == "ANN" || operation == "kNN") {
    order.kind = RankOrder::Kind::kDistance;
    order.exact = operation == "kNN";
  } else if (auto clause = clause_of(rank_by)) {
    order.kind = RankOrder::Kind::kAttributes;
    order.clauses.push_back(std::move(*clause));
  }
  return order;
}

OrderValue order_value(std::string_view json) {
  if (json.empty() || json == "null") {
    return std::monostate();
  }
  if (json == "true" || json == "false") {
    return json == "true";
  }
  if (json.front() == '"') {
    return namespaces::string_of(json);
  }
  if (const auto whole = number<std::int64_t>(json)) {
    return *whole;
  }
  if (const auto large = number<std::uint64_t>(json)) {
    return *large;
  }
  if (const auto real = number<double>(json)) {
    return *real;
  }
  return std::string(json);
}

bool comes_before(const RankOrder& order, const RankedRow& left, const RankedRow& right) {
  if (order.kind == RankOrder::Kind::kAttributes) {
    for (std::size_t i = 0; i < order.clauses.size(); ++i) {
      const auto found = compare_clause(order.clauses[i], i, left, right);
      if (found != 0) {
        return order.clauses[i].descending ? found > 0 : found < 0;
      }
    }
  } else {
    const double a = left.dist.value_or(0);
    const double b = right.dist.value_or(0);
    if (a != b) {
      return order.kind == RankOrder::Kind::kDistance ? a < b : a > b;
    }
  }
  return left.id < right.id;
}

}  // namespace layer::features::legs
