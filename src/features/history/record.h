// A record as one line of JSON: {"t":"q",...} for a query, {"t":"c",...} for a click; the answer's
// form lacks the member t (rules HI2 and HI5 of the contract). Redaction happens here, so nothing
// that was not redacted leaves this file. Thread safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "features/history/reader.h"
#include "features/history/recorder.h"
#include "features/history/settings.h"

namespace layer::features::history {

// A line longer than this loses its query, or its event, and says "truncated": true.
inline constexpr std::size_t kLineBytesMax = std::size_t{2} << 20;

// Without the line feed; there is none inside.
std::string print_line(QueryEntry entry, const Settings& settings);
std::string print_line(Click click, const Settings& settings);

// What a line says of itself. Members that were not asked for, or are not there, are empty.
struct Line {
  RecordKind kind = RecordKind::query;
  std::int64_t timestamp_ns = 0;
  std::string query_id{};
  std::string trace_id{};
  std::string client_id{};
  std::string user_id{};
  std::string raw_query{};
  std::string action{};
  std::vector<std::string> tags{};
};
enum class Ask : std::uint8_t {
  order,  // kind, time, query id
  all,
};
// nullopt: no record (damaged, or of a later version's kind).
std::optional<Line> read_line(std::string_view text, Ask ask);
// As it is shown: without the member t. Precondition: read_line() took it.
std::string shown(std::string_view text);
// Whether a page with this selection shows it; the kind is not looked at.
bool selects(const Selection& selection, const Line& line);

}  // namespace layer::features::history
