#include "features/history/utc.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include <fmt/format.h>

namespace layer::features::history {
namespace {

using namespace std::chrono;

constexpr std::int64_t kFirstDay = sys_days(year(0) / January / 1).time_since_epoch().count();
constexpr std::int64_t kLastDay = sys_days(year(9999) / December / 31).time_since_epoch().count();

constexpr std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

std::optional<unsigned> digits(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value)
                                                                  : std::nullopt;
}

}  // namespace

std::int64_t hour_of(std::int64_t ns) {
  return floor_div(ns, kHourNs);
}

std::int64_t day_of(std::int64_t ns) {
  return floor_div(ns, kDayNs);
}

std::string print_day(std::int64_t day) {
  const year_month_day date(sys_days(days(std::clamp(day, kFirstDay, kLastDay))));
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::optional<std::int64_t> parse_day(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') {
    return std::nullopt;
  }
  const auto y = digits(text.substr(0, 4));
  const auto m = digits(text.substr(5, 2));
  const auto d = digits(text.substr(8, 2));
  if (!y || !m || !d) {
    return std::nullopt;
  }
  const year_month_day date(year(static_cast<int>(*y)), month(*m), std::chrono::day(*d));
  if (!date.ok()) {
    return std::nullopt;
  }
  return sys_days(date).time_since_epoch().count();
}

std::string print_instant(std::int64_t ns) {
  const std::int64_t ms = floor_div(ns, kMsNs) - day_of(ns) * kDayMs;
  return fmt::format("{}T{:02}:{:02}:{:02}.{:03}Z", print_day(day_of(ns)), ms / 3'600'000,
                     ms / 60'000 % 60, ms / 1'000 % 60, ms % 1'000);
}

}  // namespace layer::features::history
