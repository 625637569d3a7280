#include "wire/typing.h"

#include <cmath>
#include <cstddef>
#include <limits>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "core/limits.h"
#include "wire/base64.h"
#include "wire/numbers.h"
#include "wire/schema_merge.h"

namespace layer::wire {
namespace {

using simdjson::dom::element_type;

std::unexpected<Error> refuse(std::string message) {
  return fail(ErrorCode::kInvalidArgument, std::move(message));
}

std::unexpected<Error> mismatch(const Attribute& attribute, const json::Value& found) {
  const std::string type = to_string(attribute.type);
  if (attribute.type.kind == Kind::kInt && !attribute.type.array && found.is_double()) {
    return refuse(
        fmt::format("💔 inferred schema type for attribute '{}' as int, but got an "
                    "incompatible value ({}); consider specifying the explicit type "
                    "`float` in the schema when the namespace is created",
                    attribute.name, found.get_double().value_unsafe()));
  }
  return refuse(fmt::format("💔 invalid value for attribute '{}', expected {}, but got {}",
                            attribute.name, type, describe_kind(found)));
}

// Arrays of one plain type are all that has a shape the store knows.
std::unexpected<Error> bad_array(const Attribute& attribute, const json::Value& element) {
  return fail(ErrorCode::kInvalidShape,
              fmt::format("Failed to deserialize the JSON body into the target type: attribute "
                          "'{}': expected the elements of an array to have one type, and none to "
                          "be null or nested, but found {}",
                          attribute.name, describe_kind(element)));
}

Result<void> check_size(const Attribute& attribute, std::size_t bytes, std::size_t bytes_max) {
  if (bytes <= bytes_max) {
    return {};
  }
  const bool filterable = bytes_max == core::limits::filterable_value_bytes_max;
  return refuse(fmt::format(
      "💔 value of attribute '{}' is too large: {} bytes, at most {} are allowed{}", attribute.name,
      bytes, bytes_max, filterable ? " in a filterable attribute" : ""));
}

std::size_t element_bytes_max(const Attribute& attribute) {
  return attribute.filterable ? core::limits::filterable_value_bytes_max
                              : core::limits::value_bytes_max;
}

// One reader per scalar kind: false leaves `out` untouched because the JSON value has another kind.
// A readable kind with an unreadable content (text that is no UUID) is an error with its reason.
template <class T>
using ScalarReader = Result<bool> (*)(const json::Value& value, T& out);

Result<bool> read_scalar(const json::Value& value, bool& out) {
  return value.get_bool().get(out) == simdjson::SUCCESS;
}
Result<bool> read_scalar(const json::Value& value, std::uint8_t& out) {  // in arrays of bool
  bool flag = false;
  const bool fits = value.get_bool().get(flag) == simdjson::SUCCESS;
  out = flag ? 1 : 0;
  return fits;
}
Result<bool> read_scalar(const json::Value& value, std::int64_t& out) {
  return value.is_int64() && value.get_int64().get(out) == simdjson::SUCCESS;
}
Result<bool> read_scalar(const json::Value& value, std::uint64_t& out) {
  return value.get_uint64().get(out) == simdjson::SUCCESS;
}
Result<bool> read_scalar(const json::Value& value, double& out) {
  return value.get_double().get(out) == simdjson::SUCCESS;
}
Result<bool> read_scalar(const json::Value& value, std::string& out) {
  std::string_view text;
  const bool fits = value.get_string().get(text) == simdjson::SUCCESS;
  out = text;
  return fits;
}
Result<bool> read_scalar(const json::Value& value, Uuid& out) {
  if (!value.is_string()) {
    return false;
  }
  LAYER_ASSIGN(out, parse_uuid(value.get_string().value_unsafe()));
  return true;
}
Result<bool> read_scalar(const json::Value& value, Datetime& out) {
  if (!value.is_string()) {
    return false;
  }
  LAYER_ASSIGN(out, parse_datetime(value.get_string().value_unsafe()));
  return true;
}
Result<bool> read_scalar(const json::Value& value, Bytes& out) {
  if (!value.is_string()) {
    return false;
  }
  auto decoded = decode_base64(value.get_string().value_unsafe());
  if (!decoded) {
    return refuse("expected base64");
  }
  out.data = std::move(*decoded);
  return true;
}

std::unexpected<Error> with_name(const Attribute& attribute, Error reason) {
  return refuse(
      fmt::format("💔 invalid value for attribute '{}': {}", attribute.name, reason.message));
}

template <class T>
Result<void> read_one(const Attribute& attribute, const json::Value& value, T& out) {
  auto fits = read_scalar(value, out);
  if (!fits) {
    return with_name(attribute, std::move(fits).error());
  }
  if (!*fits) {
    return mismatch(attribute, value);
  }
  if constexpr (std::is_same_v<T, std::string>) {
    return check_size(attribute, out.size(), element_bytes_max(attribute));
  } else if constexpr (std::is_same_v<T, Bytes>) {
    return check_size(attribute, out.data.size(), core::limits::value_bytes_max);
  } else {
    return {};
  }
}

template <class T>
Result<Value> read_as_scalar(const Attribute& attribute, const json::Value& value) {
  T out{};
  LAYER_TRY(read_one(attribute, value, out));
  return Value(std::move(out));
}

// Kinds of JSON values as far as arrays tell them apart: numbers are one kind.
int array_class(element_type type) {
  switch (type) {
    case element_type::STRING:
      return 0;
    case element_type::BOOL:
      return 1;
    case element_type::INT64:
    case element_type::UINT64:
    case element_type::DOUBLE:
      return 2;
    default:
      return -1;
  }
}

template <class T>
Result<Value> read_as_array(const Attribute& attribute, const json::Value& value) {
  if (!value.is_array()) {
    return mismatch(attribute, value);
  }
  const json::Array array = value.get_array().value_unsafe();
  std::vector<T> out;
  out.reserve(array.size());
  std::size_t bytes = 0;
  int first_class = -1;
  for (const json::Value each : array) {
    const int each_class = array_class(each.type());
    first_class = out.empty() ? each_class : first_class;
    if (each_class < 0 || each_class != first_class) {
      return bad_array(attribute, each);
    }
    LAYER_TRY(read_one(attribute, each, out.emplace_back()));
    if constexpr (std::is_same_v<T, std::string>) {
      bytes += out.back().size();
    } else {
      bytes += sizeof(T);
    }
  }
  LAYER_TRY(check_size(attribute, bytes, core::limits::value_bytes_max));
  return Value(std::move(out));
}

// The array type that a first element implies. Errors: 422 for what no array holds.
Result<AttributeType> infer_array(const Attribute& attribute, const json::Value& first) {
  switch (first.type()) {
    case element_type::STRING:
      return AttributeType{.kind = Kind::kString, .array = true};
    case element_type::BOOL:
      return AttributeType{.kind = Kind::kBool, .array = true};
    case element_type::INT64:
      return AttributeType{.kind = Kind::kInt, .array = true};
    case element_type::UINT64:
      return refuse(
          fmt::format("💔 cannot infer a type for attribute '{}' from the number {}, which "
                      "is beyond the range of int; declare the type `[]uint` in the schema",
                      attribute.name, first.get_uint64().value_unsafe()));
    case element_type::DOUBLE:
      return refuse(
          fmt::format("💔 cannot infer a type for attribute '{}' from the fractional "
                      "number {}; declare the type `[]float` in the schema",
                      attribute.name, first.get_double().value_unsafe()));
    default:
      return bad_array(attribute, first);
  }
}

Result<Value> read_unknown_array(const Attribute& attribute, const json::Value& value) {
  if (!value.is_array()) {
    return mismatch(attribute, value);
  }
  const json::Array array = value.get_array().value_unsafe();
  if (array.begin() == array.end()) {
    return Value(EmptyArray{});
  }
  Attribute typed = attribute;
  LAYER_ASSIGN(typed.type, infer_array(attribute, *array.begin()));
  return read_value(typed, value);
}

Result<Value> read_dense(const Attribute& attribute, const json::Value& value) {
  auto elements = read_elements(value, attribute.type.element, attribute.type.dims);
  if (!elements) {
    return with_name(attribute, std::move(elements).error());
  }
  return Value(DenseVector{std::move(*elements)});
}

Result<Value> read_multi_vector(const Attribute& attribute, const json::Value& value) {
  if (!value.is_array()) {
    return mismatch(attribute, value);
  }
  const json::Array array = value.get_array().value_unsafe();
  const std::size_t bytes = array.size() * attribute.type.dims * sizeof(float);
  LAYER_TRY(check_size(attribute, bytes, core::limits::value_bytes_max));
  MultiVector out{.dims = attribute.type.dims, .elements = {}};
  for (const json::Value each : array) {
    auto elements = read_elements(each, attribute.type.element, attribute.type.dims);
    if (!elements) {
      return with_name(attribute, std::move(elements).error());
    }
    out.elements.insert(out.elements.end(), elements->begin(), elements->end());
  }
  if (out.elements.empty()) {
    return refuse(fmt::format(
        "💔 invalid value for attribute '{}': a multi-vector must not be empty", attribute.name));
  }
  return Value(std::move(out));
}

Result<Value> read_sparse_value(const Attribute& attribute, const json::Value& value) {
  if (!value.is_object()) {
    return mismatch(attribute, value);
  }
  auto vector = read_sparse(value.get_object().value_unsafe());
  if (!vector) {
    return with_name(attribute, std::move(vector).error());
  }
  LAYER_TRY(check_size(attribute, logical_bytes(Value(*vector)), core::limits::value_bytes_max));
  return Value(std::move(*vector));
}

template <class Scalar, class Element = Scalar>
Result<Value> read_plain(const Attribute& attribute, const json::Value& value) {
  return attribute.type.array ? read_as_array<Element>(attribute, value)
                              : read_as_scalar<Scalar>(attribute, value);
}

}  // namespace

Result<Value> read_value(const Attribute& attribute, const json::Value& value) {
  if (value.is_null() && attribute.type.kind != Kind::kDense) {
    return Value(Null{});
  }
  switch (attribute.type.kind) {
    case Kind::kString:
      return read_plain<std::string>(attribute, value);
    case Kind::kInt:
      return read_plain<std::int64_t>(attribute, value);
    case Kind::kUint:
      return read_plain<std::uint64_t>(attribute, value);
    case Kind::kFloat:
      return read_plain<double>(attribute, value);
    case Kind::kUuid:
      return read_plain<Uuid>(attribute, value);
    case Kind::kDatetime:
      return read_plain<Datetime>(attribute, value);
    case Kind::kBool:
      return read_plain<bool, std::uint8_t>(attribute, value);
    case Kind::kBytes:
      return read_as_scalar<Bytes>(attribute, value);
    case Kind::kUnknown:
      return read_unknown_array(attribute, value);
    case Kind::kDense:
      return read_dense(attribute, value);
    case Kind::kSparse:
      return read_sparse_value(attribute, value);
    case Kind::kMultiVector:
      return read_multi_vector(attribute, value);
  }
  return mismatch(attribute, value);
}

Result<void> check_document_bytes(std::uint64_t bytes) {
  if (bytes > core::limits::document_bytes_max) {
    return refuse(fmt::format("💔 document is too large: {} bytes, at most {} are allowed", bytes,
                              core::limits::document_bytes_max));
  }
  return {};
}

}  // namespace layer::wire
