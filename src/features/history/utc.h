// Days and hours since the epoch, as records are filed by them, and times as texts. Proleptic
// Gregorian calendar, UTC, years 0000 to 9999; what lies outside is taken as the nearest day.
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace layer::features::history {

inline constexpr std::int64_t kMsNs = 1'000'000;
inline constexpr std::int64_t kHourNs = 3'600'000 * kMsNs;
inline constexpr std::int64_t kDayNs = 24 * kHourNs;
inline constexpr std::int64_t kDayMs = 86'400'000;

// Rounded towards the past.
std::int64_t hour_of(std::int64_t ns);
std::int64_t day_of(std::int64_t ns);

std::string print_day(std::int64_t day);  // "2026-11-23"
std::optional<std::int64_t> parse_day(std::string_view text);
std::string print_instant(std::int64_t ns);  // "2026-11-23T08:26:01.120Z"

}  // namespace layer::features::history
