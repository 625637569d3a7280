#include "features/ubi/event.h"

#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>

#include "json/document.h"
#include "wire/value.h"

namespace layer::features::ubi {
namespace {

constexpr std::array<std::string_view, 7> kActions{
    "add_to_cart", "click", "click_through", "impression", "purchase", "view", "watch"};

std::unexpected<Error> refuse(std::string_view member, std::string_view problem) {
  return fail(ErrorCode::kValidation, fmt::format("{}: {}", member, problem));
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// Absent and null leave `out` empty.
Result<void> read_text(const json::Object& object, std::string_view member, std::string& out,
                       std::size_t characters_max = kNameCharactersMax) {
  json::Value value;
  if (object.at_key(member).get(value) != simdjson::SUCCESS || value.is_null()) {
    return {};
  }
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) {
    return refuse(member, "expected a string");
  }
  if (characters(text) > characters_max) {
    return refuse(member, fmt::format("expected at most {} characters", characters_max));
  }
  out = text;
  return {};
}

// A string or an integer, as JSON.
Result<void> read_id(const json::Object& object, std::string_view member, bool required,
                     std::string& out) {
  json::Value value;
  if (object.at_key(member).get(value) != simdjson::SUCCESS) {
    return required ? Result<void>(refuse(member, "missing")) : Result<void>();
  }
  std::string_view text;
  const bool integer = value.is_int64() || value.is_uint64();
  if (!integer &&
      (value.get(text) != simdjson::SUCCESS || characters(text) > kObjectIdCharactersMax)) {
    return refuse(member, fmt::format("expected an integer or a string of at most {} characters",
                                      kObjectIdCharactersMax));
  }
  out = simdjson::minify(value);
  return {};
}

Result<void> read_object(const json::Object& attributes, Event& event) {
  json::Value value;
  if (attributes.at_key("object").get(value) != simdjson::SUCCESS) {
    return {};
  }
  json::Object object;
  if (value.get(object) != simdjson::SUCCESS) {
    return refuse("event_attributes.object", "expected an object");
  }
  LAYER_TRY(read_id(object, "object_id", true, event.object_id));
  std::string ignored;
  LAYER_TRY(read_id(object, "internal_id", false, ignored));
  LAYER_TRY(read_text(object, "object_id_type", ignored));
  return read_text(object, "object_id_field", ignored);
}

bool is_point(const json::Value& value) {
  json::Object xy;
  double number = 0;
  return value.get(xy) == simdjson::SUCCESS && xy.at_key("x").get(number) == simdjson::SUCCESS &&
         xy.at_key("y").get(number) == simdjson::SUCCESS;
}

// Exactly one of ordinal and xy.
Result<void> read_position(const json::Object& attributes, Event& event) {
  constexpr std::string_view kMember = "event_attributes.position";
  json::Object position;
  if (attributes.at_key("position").get(position) != simdjson::SUCCESS) {
    return refuse(kMember, "expected an object with ordinal or xy");
  }
  json::Value ordinal;
  json::Value xy;
  const bool has_ordinal = position.at_key("ordinal").get(ordinal) == simdjson::SUCCESS;
  const bool has_xy = position.at_key("xy").get(xy) == simdjson::SUCCESS;
  if (has_ordinal == has_xy) {
    return refuse(kMember, "expected one of ordinal and xy");
  }
  if (has_xy) {
    return is_point(xy) ? Result<void>() : refuse(kMember, "xy: expected numbers x and y");
  }
  std::int64_t place = 0;
  if (ordinal.get(place) != simdjson::SUCCESS) {
    return refuse(kMember, "ordinal: expected an integer");
  }
  if (place >= 1 && place <= std::numeric_limits<std::uint32_t>::max()) {
    event.position = static_cast<std::uint32_t>(place);
  }
  return {};
}

Result<void> read_attributes(const json::Object& root, Event& event) {
  json::Value value;
  if (root.at_key("event_attributes").get(value) != simdjson::SUCCESS) {
    return {};
  }
  json::Object attributes;
  if (value.get(attributes) != simdjson::SUCCESS) {
    return refuse("event_attributes", "expected an object");
  }
  LAYER_TRY(read_object(attributes, event));
  return read_position(attributes, event);
}

}  // namespace

Result<Event> parse_event(std::string_view json) {
  const auto document = json::Document::parse(std::string(json));
  json::Object root;
  if (!document || document->root().get(root) != simdjson::SUCCESS) {
    return refuse("event", "expected a JSON object");
  }
  Event event;
  std::string timestamp;
  std::string ignored;
  LAYER_TRY(read_text(root, "action_name", event.action));
  LAYER_TRY(read_text(root, "timestamp", timestamp));
  LAYER_TRY(read_text(root, "application", event.application));
  LAYER_TRY(read_text(root, "query_id", event.query_id));
  LAYER_TRY(read_text(root, "client_id", event.client_id));
  LAYER_TRY(read_text(root, "session_id", event.session_id));
  LAYER_TRY(read_text(root, "user_id", event.user_id));
  LAYER_TRY(read_text(root, "message_type", ignored));
  LAYER_TRY(read_text(root, "message", ignored, kMessageCharactersMax));
  if (event.action.empty()) {
    return refuse("action_name", "missing");
  }
  if (timestamp.empty()) {
    return refuse("timestamp", "missing");
  }
  const auto time = wire::parse_datetime(timestamp);
  if (!time) {
    return refuse("timestamp", "expected a date and time as ISO 8601 writes them");
  }
  event.timestamp_ms = time->ms;
  LAYER_TRY(read_attributes(root, event));
  event.json = simdjson::minify(document->root());
  return event;
}

std::string_view action_label(std::string_view action) {
  const auto* const known = std::ranges::find(kActions, action);
  return known != kActions.end() ? *known : std::string_view("other");
}

bool is_click(std::string_view action) {
  return action == "click" || action == "click_through";
}

}  // namespace layer::features::ubi
