// Small text helpers that a log line and an error body both need. Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>

namespace layer::core {

// Appends `text` as a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD, so the
// result is valid JSON whatever comes in.
void append_json_string(std::string& out, std::string_view text);
std::string json_string(std::string_view text);

// ASCII only: header names, option values.
bool equals_ignore_case(std::string_view a, std::string_view b);

}  // namespace layer::core
