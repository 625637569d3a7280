#include "engine/query/values.h"

#include <cassert>
#include <concepts>
#include <cstring>
#include <type_traits>
#include <utility>

namespace layer::engine::query {
namespace {

template <class T>
int order(const T& left, const T& right) {
  if (left < right) {
    return -1;
  }
  return right < left ? 1 : 0;
}

template <class T>
concept Scalar =
    std::same_as<T, bool> || std::same_as<T, std::int64_t> || std::same_as<T, std::uint64_t> ||
    std::same_as<T, double> || std::same_as<T, std::string> || std::same_as<T, wire::Uuid> ||
    std::same_as<T, wire::Datetime> || std::same_as<T, wire::Bytes>;

template <class T>
void append_raw(std::string& out, const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  out.append(bytes, sizeof(T));
}

}  // namespace

int compare(const wire::Value& left, const wire::Value& right) {
  if (left.index() != right.index()) {
    return order(left.index(), right.index());
  }
  return std::visit(
      [&](const auto& value) -> int {
        using T = std::decay_t<decltype(value)>;
        if constexpr (Scalar<T>) {
          return order(value, std::get<T>(right));
        } else {
          return 0;
        }
      },
      left);
}

int compare(const segment::Column& left, segment::Ordinal left_ordinal,
            const segment::Column& right, segment::Ordinal right_ordinal) {
  if (left.type().kind == wire::Kind::kString) {
    return order(left.string_at(left_ordinal), right.string_at(right_ordinal));
  }
  return compare(left.value(left_ordinal), right.value(right_ordinal));
}

void append_key(std::string& out, const wire::Value& value) {
  out.push_back(static_cast<char>(value.index()));
  std::visit(
      [&](const auto& scalar) {
        using T = std::decay_t<decltype(scalar)>;
        if constexpr (std::same_as<T, std::string>) {
          append_raw(out, scalar.size());
          out += scalar;
        } else if constexpr (std::same_as<T, double>) {
          // Zero has two representations but is one value.
          append_raw(out, scalar == 0 ? 0.0 : scalar);
        } else if constexpr (Scalar<T> && std::is_trivially_copyable_v<T>) {
          append_raw(out, scalar);
        }
      },
      value);
}

wire::Value to_value(const wire::Id& id) {
  return std::visit([](const auto& value) { return wire::Value(value); }, id);
}

wire::Id to_id(const wire::Value& value) {
  if (const auto* number = std::get_if<std::uint64_t>(&value)) {
    return *number;
  }
  if (const auto* uuid = std::get_if<wire::Uuid>(&value)) {
    return *uuid;
  }
  assert(std::holds_alternative<std::string>(value));
  return std::get<std::string>(value);
}

wire::AttributeType type_of_ids(wire::IdType type) {
  switch (type) {
    case wire::IdType::kUint:
      return {.kind = wire::Kind::kUint};
    case wire::IdType::kUuid:
      return {.kind = wire::Kind::kUuid};
    case wire::IdType::kString:
      return {.kind = wire::Kind::kString};
  }
  return {};
}

}  // namespace layer::engine::query
