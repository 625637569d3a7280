// A JSON value as it stood in a filter or ranking operand, before it is matched to an attribute's
// type.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace layer::wire {

struct Literal;
using LiteralArray = std::vector<Literal>;
struct LiteralMember;
using LiteralObject = std::vector<LiteralMember>;

// {"$ref_new": "attr"}: the value being written for that attribute (conditions only).
struct RefNew {
  std::string attribute;
  bool operator==(const RefNew&) const = default;
};

// Integers keep all 64 bits; a number with a fraction or exponent is a double.
struct Literal {
  std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string, LiteralArray,
               LiteralObject, RefNew>
      value;
  // u64 is used only above the i64 range.
  bool is_null() const { return value.index() == 0; }
  bool operator==(const Literal&) const;
};

struct LiteralMember {
  std::string name;
  Literal value;
  bool operator==(const LiteralMember&) const = default;
};

inline bool Literal::operator==(const Literal&) const = default;

// As the store's messages print it: 'python', [a, b], 3, null.
std::string describe(const Literal& literal);

}  // namespace layer::wire
