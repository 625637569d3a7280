// One event of User Behavior Insights, version 1.3 of its schema. Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"

namespace layer::features::ubi {

inline constexpr std::size_t kNameCharactersMax = 100;
inline constexpr std::size_t kMessageCharactersMax = 1024;
inline constexpr std::size_t kObjectIdCharactersMax = 256;

struct Event {
  std::string action{};
  std::int64_t timestamp_ms = 0;
  std::string application{};
  std::string query_id{};
  std::string client_id{};
  std::string session_id{};
  std::string user_id{};
  std::string object_id{};                  // JSON text, a string or an integer; empty: none
  std::optional<std::uint32_t> position{};  // ordinal
  std::string json{};                       // the whole event on one line
};
// Errors: kValidation with a sentence that names the member.
Result<Event> parse_event(std::string_view json);

// A label of metrics: the actions that the schema names, and "other".
std::string_view action_label(std::string_view action);
// Whether somebody chose a result.
bool is_click(std::string_view action);

}  // namespace layer::features::ubi
