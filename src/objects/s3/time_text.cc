#include "objects/s3/time_text.h"

#include <array>
#include <charconv>
#include <chrono>

#include <fmt/format.h>

namespace layer::objects::s3 {
namespace {

struct Civil {
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
};

std::optional<std::int64_t> to_ms(const Civil& time) {
  const std::chrono::year_month_day date{std::chrono::year(time.year),
                                         std::chrono::month(static_cast<unsigned>(time.month)),
                                         std::chrono::day(static_cast<unsigned>(time.day))};
  if (!date.ok() || time.hour > 23 || time.minute > 59 || time.second > 60) {
    return std::nullopt;
  }
  const auto at = std::chrono::sys_days(date) + std::chrono::hours(time.hour) +
                  std::chrono::minutes(time.minute) + std::chrono::seconds(time.second);
  return std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count();
}

// Exactly `digits` decimal digits off the front.
bool take_number(std::string_view& text, std::size_t digits, int& out) {
  if (text.size() < digits) {
    return false;
  }
  const char* end = text.data() + digits;
  const auto [stopped, failed] = std::from_chars(text.data(), end, out);
  if (failed != std::errc{} || stopped != end || out < 0) {
    return false;
  }
  text.remove_prefix(digits);
  return true;
}

bool take(std::string_view& text, std::string_view expected) {
  if (!text.starts_with(expected)) {
    return false;
  }
  text.remove_prefix(expected.size());
  return true;
}

bool take_clock(std::string_view& text, Civil& time) {
  return take_number(text, 2, time.hour) && take(text, ":") && take_number(text, 2, time.minute) &&
         take(text, ":") && take_number(text, 2, time.second);
}

bool take_month(std::string_view& text, int& month) {
  constexpr std::array<std::string_view, 12> kNames{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (take(text, kNames[i])) {
      month = static_cast<int>(i) + 1;
      return true;
    }
  }
  return false;
}

}  // namespace

std::string amz_date(std::int64_t wall_ms) {
  const auto at =
      std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(wall_ms));
  const auto days = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(days);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(at - days));
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::optional<std::int64_t> parse_iso_time(std::string_view text) {
  Civil time;
  if (!take_number(text, 4, time.year) || !take(text, "-") || !take_number(text, 2, time.month) ||
      !take(text, "-") || !take_number(text, 2, time.day) || !take(text, "T") ||
      !take_clock(text, time)) {
    return std::nullopt;
  }
  if (take(text, ".")) {  // a fraction of a second makes no difference to anybody here
    text.remove_prefix(std::min(text.find_first_not_of("0123456789"), text.size()));
  }
  return text == "Z" ? to_ms(time) : std::nullopt;
}

std::optional<std::int64_t> parse_http_date(std::string_view text) {
  Civil time;
  const std::size_t comma = text.find(", ");
  if (comma != 3) {
    return std::nullopt;
  }
  text.remove_prefix(comma + 2);
  if (!take_number(text, 2, time.day) || !take(text, " ") || !take_month(text, time.month) ||
      !take(text, " ") || !take_number(text, 4, time.year) || !take(text, " ") ||
      !take_clock(text, time) || text != " GMT") {
    return std::nullopt;
  }
  return to_ms(time);
}

}  // namespace layer::objects::s3
