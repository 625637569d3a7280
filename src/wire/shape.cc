#include "wire/shape.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace layer::wire {
namespace {

std::string placed(std::string_view prefix, const Path& path, std::string_view message,
                   json::Edge edge) {
  std::string text(prefix);
  if (!path.is_root()) {
    text += path.to_string();
    text += ": ";
  }
  text += message;
  if (const auto position = json::locate(path, edge)) {
    text += fmt::format(" at line {} column {}", position->line, position->column);
  }
  return text;
}

bool is_container(const json::Value& value) {
  return value.is_array() || value.is_object();
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out + '"';
}

// With a decimal point, so that 2.0 is not taken for an integer.
std::string floating(double number) {
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
  std::string text(buffer.data(), end);
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

// A deserialiser knows the wrong kind of container by its first byte, a scalar once it was read.
json::Edge edge_of(const json::Value& found) {
  return is_container(found) ? json::Edge::kBegin : json::Edge::kEnd;
}

}  // namespace

Failure shape_error(const Path& path, std::string_view message, json::Edge edge) {
  return fail(
      ErrorCode::kInvalidShape,
      placed("Failed to deserialize the JSON body into the target type: ", path, message, edge));
}

Failure syntax_error(const Path& path, std::string_view message) {
  return fail(ErrorCode::kInvalidJson, placed("Failed to parse the request body as JSON: ", path,
                                              message, json::Edge::kBegin));
}

Failure semantic_error(std::string message) {
  return fail(ErrorCode::kInvalidArgument, std::move(message));
}

Failure invalid_type(const json::Value& found, const Path& path, std::string_view expected) {
  return shape_error(path,
                     fmt::format("invalid type: {}, expected {}", describe_found(found), expected),
                     edge_of(found));
}

Failure invalid_value(const json::Value& found, const Path& path, std::string_view expected) {
  return shape_error(path,
                     fmt::format("invalid value: {}, expected {}", describe_found(found), expected),
                     edge_of(found));
}

Failure missing_field(const Path& path, std::string_view field) {
  return shape_error(path, fmt::format("missing field `{}`", field));
}

Failure duplicate_field(const Path& path, std::string_view field) {
  return shape_error(path, fmt::format("duplicate field `{}`", field));
}

Failure unknown_field(const Path& path, std::string_view field,
                      std::span<const std::string_view> known) {
  return shape_error(path.member(field),
                     fmt::format("unknown field `{}`, {}", field, expected_names(known)),
                     json::Edge::kName);
}

Failure unknown_variant(const Path& path, std::string_view found,
                        std::span<const std::string_view> known) {
  return shape_error(path, fmt::format("unknown variant `{}`, {}", found, expected_names(known)));
}

Failure no_variant(const Path& path, std::string_view enum_name) {
  return shape_error(path,
                     fmt::format("data did not match any variant of untagged enum {}", enum_name));
}

std::string expected_names(std::span<const std::string_view> known) {
  switch (known.size()) {
    case 0:
      return "there are no fields";
    case 1:
      return fmt::format("expected `{}`", known[0]);
    case 2:
      return fmt::format("expected `{}` or `{}`", known[0], known[1]);
    default:
      return fmt::format("expected one of `{}`", fmt::join(known, "`, `"));
  }
}

std::string describe_found(const json::Value& value) {
  using simdjson::dom::element_type;
  switch (value.type()) {
    case element_type::ARRAY:
      return "sequence";
    case element_type::OBJECT:
      return "map";
    case element_type::INT64:
      return fmt::format("integer `{}`", value.get_int64().value_unsafe());
    case element_type::UINT64:
      return fmt::format("integer `{}`", value.get_uint64().value_unsafe());
    case element_type::DOUBLE:
      return fmt::format("floating point `{}`", floating(value.get_double().value_unsafe()));
    case element_type::STRING:
      return fmt::format("string {}", quoted(value.get_string().value_unsafe()));
    case element_type::BOOL:
      return fmt::format("boolean `{}`", value.get_bool().value_unsafe());
    default:
      return "null";
  }
}

Result<bool> read_bool(const json::Value& value, const Path& path) {
  if (!value.is_bool()) {
    return invalid_type(value, path, "a boolean");
  }
  return value.get_bool().value_unsafe();
}

Result<std::string_view> read_string(const json::Value& value, const Path& path,
                                     std::string_view expected) {
  if (!value.is_string()) {
    return invalid_type(value, path, expected);
  }
  return value.get_string().value_unsafe();
}

Result<json::Array> read_array(const json::Value& value, const Path& path,
                               std::string_view expected) {
  if (!value.is_array()) {
    return invalid_type(value, path, expected);
  }
  return value.get_array().value_unsafe();
}

Result<json::Object> read_object(const json::Value& value, const Path& path,
                                 std::string_view expected) {
  if (!value.is_object()) {
    return invalid_type(value, path, expected);
  }
  return value.get_object().value_unsafe();
}

Result<std::int64_t> read_i64(const json::Value& value, const Path& path) {
  if (value.is_uint64() && !value.is_int64()) {
    return invalid_value(value, path, "i64");
  }
  if (!value.is_int64()) {
    return invalid_type(value, path, "i64");
  }
  return value.get_int64().value_unsafe();
}

Result<std::uint64_t> read_u64(const json::Value& value, const Path& path) {
  std::uint64_t number = 0;
  if (value.get_uint64().get(number) == simdjson::SUCCESS) {
    return number;
  }
  return value.is_int64() ? invalid_value(value, path, "u64") : invalid_type(value, path, "u64");
}

Result<std::uint32_t> read_u32(const json::Value& value, const Path& path) {
  std::uint64_t number = 0;
  if (value.get_uint64().get(number) == simdjson::SUCCESS &&
      number <= std::numeric_limits<std::uint32_t>::max()) {
    return static_cast<std::uint32_t>(number);
  }
  return value.is_int64() || value.is_uint64() ? invalid_value(value, path, "u32")
                                               : invalid_type(value, path, "u32");
}

Result<double> read_f64(const json::Value& value, const Path& path) {
  double number = 0;
  if (value.get_double().get(number) != simdjson::SUCCESS) {
    return invalid_type(value, path, "f64");
  }
  return number;
}

Result<Fields> Fields::read(const json::Object& object, const Path& path,
                            std::span<const std::string_view> known) {
  Fields fields;
  for (const auto& [name, value] : object) {
    if (std::ranges::find(known, name) == known.end()) {
      return unknown_field(path, name, known);
    }
    const auto same = [&](const auto& field) { return field.first == name; };
    if (std::ranges::any_of(fields.fields_, same)) {
      return duplicate_field(path, name);
    }
    fields.fields_.emplace_back(name, value);
  }
  return fields;
}

const json::Value* Fields::get(std::string_view name) const {
  for (const auto& [field, value] : fields_) {
    if (field == name) {
      return value.is_null() ? nullptr : &value;
    }
  }
  return nullptr;
}

}  // namespace layer::wire
