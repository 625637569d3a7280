#include "features/documents/ids.h"

#include <charconv>

#include <fmt/format.h>

#include "core/limits.h"
#include "core/text.h"
#include "json/lexer.h"

namespace layer::features::documents {
namespace {

Error refusal(std::string_view place, std::string_view problem, bool id_type) {
  Error error{.code = ErrorCode::kValidation, .message = fmt::format("{}: {}", place, problem)};
  if (id_type) {
    error.fields.push_back({.name = "reason", .value = "id_type"});
  }
  error.fields.push_back(
      {.name = "details",
       .value = fmt::format(R"([{{"field":{},"problem":{}}}])", core::json_string(place),
                            core::json_string(problem)),
       .json = true});
  return error;
}

std::unexpected<Error> wrong_type(std::string_view place, wire::IdType type) {
  switch (type) {
    case wire::IdType::kUint:
      return std::unexpected(
          refusal(place, "ids of this namespace are integers from 0 to 2^64-1", true));
    case wire::IdType::kUuid:
      return std::unexpected(refusal(place, "ids of this namespace are UUIDs", true));
    case wire::IdType::kString:
      break;
  }
  return std::unexpected(refusal(place, "ids of this namespace are strings", true));
}

Result<wire::Id> read_text(std::string_view text, wire::IdType type, std::string_view place) {
  switch (type) {
    case wire::IdType::kUint: {
      std::uint64_t number = 0;
      const char* const end = text.data() + text.size();
      const auto [rest, fault] = std::from_chars(text.data(), end, number);
      if (rest != end || fault != std::errc()) {
        return wrong_type(place, type);
      }
      return number;
    }
    case wire::IdType::kUuid: {
      const auto uuid = wire::parse_uuid(text);
      if (!uuid) {
        return wrong_type(place, type);
      }
      return *uuid;
    }
    case wire::IdType::kString:
      break;
  }
  if (text.size() > core::limits::id_bytes_max) {
    return std::unexpected(refusal(
        place, fmt::format("an id is at most {} bytes long", core::limits::id_bytes_max), false));
  }
  if (!json::is_utf8(text)) {
    return std::unexpected(refusal(place, "an id is UTF-8 text", false));
  }
  return std::string(text);
}

}  // namespace

Result<wire::IdType> parse_id_type(std::string_view name) {
  for (const auto type : {wire::IdType::kUint, wire::IdType::kUuid, wire::IdType::kString}) {
    if (wire::name(type) == name) {
      return type;
    }
  }
  return std::unexpected(refusal("id_type", "expected uint, uuid or string", false));
}

Result<wire::Id> read_id(std::string_view text, wire::IdType type) {
  return read_text(text, type, "id");
}

Result<wire::Id> read_id(const json::Value& value, wire::IdType type, std::string_view place) {
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS) {
    return read_text(text, type, place);
  }
  std::uint64_t number = 0;
  if (type != wire::IdType::kUint || value.get(number) != simdjson::SUCCESS) {
    return wrong_type(place, type);
  }
  return number;
}

void append_json(std::string& out, const wire::Id& id) {
  if (const auto* number = std::get_if<std::uint64_t>(&id)) {
    char digits[20];
    out.append(digits, std::to_chars(digits, digits + sizeof(digits), *number).ptr);
    return;
  }
  core::append_json_string(out, wire::to_string(id));
}

}  // namespace layer::features::documents
