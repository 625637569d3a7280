// In which order the store gives ranked rows, told from the ranking (rule Z7 of the contract):
// vector distances ascending, scores descending, attribute orders by their clauses with nulls first
// when ascending and last when descending; ids decide between equals. Thread safety: plain values,
// pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "wire/id.h"

namespace layer::features::legs {

struct OrderClause {
  std::string attribute;
  bool descending = false;
  bool operator==(const OrderClause&) const = default;
};

struct RankOrder {
  enum class Kind : std::uint8_t { kDistance, kScore, kAttributes };
  Kind kind = Kind::kScore;
  bool exact = false;                  // kNN: costs the store more
  std::vector<OrderClause> clauses{};  // of kAttributes

  // Attributes by which rows are compared, so that each row must tell them; ids always do.
  std::vector<std::string> needed() const;
  // Concurrency permits that the store takes for it (rule Z5).
  std::size_t permits() const { return exact ? 2 : 1; }
};

// `rank_by`: JSON text. What the store does not know it refuses, whatever this says of it.
RankOrder rank_order_of(std::string_view rank_by);

// An attribute's value as far as order goes: null, false < true, numbers, bytes of a text.
using OrderValue =
    std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string>;
// The value that `json` is the text of; empty text is null. Integers below 2^63 are always int64.
OrderValue order_value(std::string_view json);

struct RankedRow {
  wire::Id id;
  std::optional<double> dist{};
  std::vector<OrderValue> keys{};  // one a clause; nothing for clauses over ids
  std::string text{};              // the row's object as it goes out
};

// Strictly before.
bool comes_before(const RankOrder& order, const RankedRow& left, const RankedRow& right);

}  // namespace layer::features::legs
