// The half of typing.h that knows no attribute yet: ids, inference of types, operands of filters.
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "core/limits.h"
#include "wire/numbers.h"
#include "wire/schema_merge.h"
#include "wire/typing.h"

namespace layer::wire {
namespace {

using simdjson::dom::element_type;

std::unexpected<Error> refuse(std::string message) {
  return fail(ErrorCode::kInvalidArgument, std::move(message));
}

std::unexpected<Error> mixed_ids(IdType expected, IdType got) {
  return refuse(
      fmt::format("💔 namespace ID type is {}, but you sent {}; you are not allowed to mix "
                  "ID types in the same namespace",
                  name(expected), name(got)));
}

Result<Id> string_id(std::string_view text) {
  if (text.size() > core::limits::id_bytes_max) {
    return refuse(fmt::format("💔 string IDs can have at most {} bytes, got {}",
                              core::limits::id_bytes_max, text.size()));
  }
  return Id(std::string(text));
}

Result<Id> uuid_id(std::string_view text) {
  const auto uuid = parse_uuid(text);
  if (!uuid) {
    return refuse("💔 namespace ID type is uuid, but a written ID could not be parsed as uuid");
  }
  return Id(*uuid);
}

Result<Id> id_of_text(std::string_view text, IdType type) {
  switch (type) {
    case IdType::kUint:
      return mixed_ids(type, IdType::kString);
    case IdType::kUuid:
      return uuid_id(text);
    case IdType::kString:
      break;
  }
  return string_id(text);
}

Result<Id> id_of_number(std::uint64_t number, IdType type) {
  if (type != IdType::kUint) {
    return mixed_ids(type, IdType::kUint);
  }
  return Id(number);
}

std::unexpected<Error> must_declare(std::string_view attribute, const json::Value& value,
                                    std::string_view type) {
  return refuse(
      fmt::format("💔 cannot infer a type for attribute '{}' from {}; declare the type `{}` "
                  "in the schema",
                  attribute, describe_kind(value), type));
}

std::unexpected<Error> with_name(std::string_view attribute, const Error& reason) {
  return refuse(fmt::format("💔 invalid value for attribute '{}': {}", attribute, reason.message));
}

Attribute plain(std::string_view attribute, Kind kind, bool array = false) {
  return Attribute{.name = std::string(attribute), .type = {.kind = kind, .array = array}};
}

// The attribute named `vector` is a dense vector without a declaration.
Result<Attribute> infer_vector(std::string_view attribute, const json::Value& value) {
  const auto elements = read_elements(value, ElementType::kF32, std::nullopt);
  if (!elements) {
    return with_name(attribute, elements.error());
  }
  return Attribute{.name = std::string(attribute),
                   .type = {.kind = Kind::kDense,
                            .element = ElementType::kF32,
                            .dims = static_cast<std::uint32_t>(elements->size())},
                   .filterable = false,
                   .ann = true};
}

Result<Attribute> infer_multi_vector(std::string_view attribute, const json::Value& first) {
  const auto elements = read_elements(first, ElementType::kF32, std::nullopt);
  if (!elements) {
    return with_name(attribute, elements.error());
  }
  return Attribute{.name = std::string(attribute),
                   .type = {.kind = Kind::kMultiVector,
                            .element = ElementType::kF32,
                            .dims = static_cast<std::uint32_t>(elements->size())}};
}

Result<Attribute> infer_array(std::string_view attribute, const json::Array& array) {
  if (array.begin() == array.end()) {
    return plain(attribute, Kind::kUnknown, true);
  }
  const json::Value first = *array.begin();
  switch (first.type()) {
    case element_type::STRING:
      return plain(attribute, Kind::kString, true);
    case element_type::BOOL:
      return plain(attribute, Kind::kBool, true);
    case element_type::INT64:
      return plain(attribute, Kind::kInt, true);
    case element_type::UINT64:
      return must_declare(attribute, first, "[]uint");
    case element_type::DOUBLE:
      return must_declare(attribute, first, "[]float");
    case element_type::ARRAY:
      return infer_multi_vector(attribute, first);
    default:
      return fail(ErrorCode::kInvalidShape,
                  fmt::format("Failed to deserialize the JSON body into the target type: attribute "
                              "'{}': an array cannot hold {}",
                              attribute, describe_kind(first)));
  }
}

Result<Attribute> infer_present(std::string_view attribute, const json::Value& value) {
  if (attribute == "vector" && looks_like_vector(value)) {
    return infer_vector(attribute, value);
  }
  switch (value.type()) {
    case element_type::STRING:
      return plain(attribute, Kind::kString);
    case element_type::BOOL:
      return plain(attribute, Kind::kBool);
    case element_type::INT64:
      return plain(attribute, Kind::kInt);
    case element_type::UINT64:
      return must_declare(attribute, value, "uint");
    case element_type::DOUBLE:
      return must_declare(attribute, value, "float");
    case element_type::ARRAY:
      return infer_array(attribute, value.get_array().value_unsafe());
    default:
      break;
  }
  if (const auto sparse = read_sparse(value.get_object().value_unsafe()); !sparse) {
    return with_name(attribute, sparse.error());
  }
  Attribute inferred = plain(attribute, Kind::kSparse);
  inferred.type.element = ElementType::kF16;
  inferred.filterable = false;
  return inferred;
}

std::optional<Value> fit_number(Kind kind, const Literal& literal) {
  const auto* integer = std::get_if<std::int64_t>(&literal.value);
  const auto* large = std::get_if<std::uint64_t>(&literal.value);
  const auto* real = std::get_if<double>(&literal.value);
  switch (kind) {
    case Kind::kInt:
      return integer != nullptr ? std::optional<Value>(*integer) : std::nullopt;
    case Kind::kUint:
      if (integer != nullptr && *integer >= 0) {
        return Value(static_cast<std::uint64_t>(*integer));
      }
      return large != nullptr ? std::optional<Value>(*large) : std::nullopt;
    default:
      if (integer != nullptr) {
        return Value(static_cast<double>(*integer));
      }
      if (large != nullptr) {
        return Value(static_cast<double>(*large));
      }
      return real != nullptr ? std::optional<Value>(*real) : std::nullopt;
  }
}

std::optional<Value> fit_text(Kind kind, const std::string& text) {
  if (kind == Kind::kUuid) {
    const auto uuid = parse_uuid(text);
    return uuid ? std::optional<Value>(*uuid) : std::nullopt;
  }
  if (kind == Kind::kDatetime) {
    const auto time = parse_datetime(text);
    return time ? std::optional<Value>(*time) : std::nullopt;
  }
  return Value(text);
}

}  // namespace

Result<Id> read_id(const json::Value& value, std::optional<IdType> type, std::string_view path) {
  std::uint64_t number = 0;
  if (value.get_uint64().get(number) == simdjson::SUCCESS) {
    return id_of_number(number, type.value_or(IdType::kUint));
  }
  if (value.is_string()) {
    return id_of_text(value.get_string().value_unsafe(), type.value_or(IdType::kString));
  }
  return fail(ErrorCode::kInvalidShape,
              fmt::format("Failed to deserialize the JSON body into the target type: {}: data did "
                          "not match any variant of untagged enum Id",
                          path));
}

Result<Id> read_id(const Literal& literal, IdType type) {
  if (const auto number = fit_number(Kind::kUint, literal)) {
    return id_of_number(std::get<std::uint64_t>(*number), type);
  }
  if (const auto* text = std::get_if<std::string>(&literal.value)) {
    return id_of_text(*text, type);
  }
  return refuse(fmt::format("💔 '{}' is not a valid ID of type {}", describe(literal), name(type)));
}

Result<std::optional<Attribute>> infer_attribute(std::string_view name, const json::Value& value) {
  if (value.is_null()) {
    return std::optional<Attribute>();
  }
  LAYER_TRY(check_attribute_name(name));
  LAYER_ASSIGN(auto inferred, infer_present(name, value));
  return std::optional(std::move(inferred));
}

AttributeType element_type_of(const Value& array) {
  if (std::holds_alternative<std::vector<std::string>>(array)) {
    return {.kind = Kind::kString, .array = true};
  }
  if (std::holds_alternative<std::vector<std::uint8_t>>(array)) {
    return {.kind = Kind::kBool, .array = true};
  }
  if (std::holds_alternative<std::vector<std::int64_t>>(array)) {
    return {.kind = Kind::kInt, .array = true};
  }
  return {.kind = Kind::kUnknown, .array = true};
}

std::optional<Value> fit_scalar(const AttributeType& type, const Literal& literal) {
  switch (type.kind) {
    case Kind::kInt:
    case Kind::kUint:
    case Kind::kFloat:
      return fit_number(type.kind, literal);
    case Kind::kString:
    case Kind::kUuid:
    case Kind::kDatetime:
      if (const auto* text = std::get_if<std::string>(&literal.value)) {
        return fit_text(type.kind, *text);
      }
      return std::nullopt;
    case Kind::kBool:
      if (const auto* flag = std::get_if<bool>(&literal.value)) {
        return Value(*flag);
      }
      return std::nullopt;
    case Kind::kUnknown:
      if (const auto* text = std::get_if<std::string>(&literal.value)) {
        return Value(*text);
      }
      if (const auto* flag = std::get_if<bool>(&literal.value)) {
        return Value(*flag);
      }
      return fit_number(Kind::kInt, literal);
    default:
      return std::nullopt;
  }
}

}  // namespace layer::wire
