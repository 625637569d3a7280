#include "core/cron.h"

#include <charconv>
#include <string>
#include <vector>

namespace layer::core {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kDayMinutes = 24 * 60;

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) {
      return parts;
    }
    text.remove_prefix(at + 1);
  }
}

std::optional<std::size_t> number(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value)
                                                                  : std::nullopt;
}

// One entry of a field's list, from `least` to the last bit.
template <std::size_t N>
bool take_entry(std::string_view entry, std::size_t least, std::bitset<N>& out) {
  const auto parts = split(entry, '/');
  const auto step = parts.size() == 2 ? number(parts[1]) : std::optional<std::size_t>(1);
  if (parts.size() > 2 || !step || *step == 0) {
    return false;
  }
  std::size_t from = least;
  std::size_t to = N - 1;
  if (parts[0] != "*") {
    const auto ends = split(parts[0], '-');
    const auto first = number(ends[0]);
    const auto last = ends.size() == 2 ? number(ends[1]) : first;
    if (ends.size() > 2 || !first || !last) {
      return false;
    }
    from = *first;
    // "5/10" begins at 5 and goes on to the end.
    to = ends.size() == 1 && parts.size() == 2 ? N - 1 : *last;
  }
  if (from < least || to >= N || from > to) {
    return false;
  }
  for (std::size_t value = from; value <= to; value += *step) {
    out.set(value);
  }
  return true;
}

template <std::size_t N>
bool take(std::string_view field, std::size_t least, std::bitset<N>& out) {
  for (const std::string_view entry : split(field, ',')) {
    if (!take_entry(entry, least, out)) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::optional<Cron> Cron::parse(std::string_view text) {
  const auto fields = split(text, ' ');
  Cron cron;
  if (fields.size() != 5 || !take(fields[0], 0, cron.minutes_) ||
      !take(fields[1], 0, cron.hours_) || !take(fields[2], 1, cron.days_) ||
      !take(fields[3], 1, cron.months_) || !take(fields[4], 0, cron.weekdays_)) {
    return std::nullopt;
  }
  cron.any_day_ = fields[2].starts_with('*');
  cron.any_weekday_ = fields[4].starts_with('*');
  return cron;
}

bool Cron::matches(std::int64_t minute) const {
  const std::int64_t day = minute / kDayMinutes;
  const auto of_day = static_cast<std::size_t>(minute % kDayMinutes);
  if (minute < 0 || !minutes_.test(of_day % 60) || !hours_.test(of_day / 60)) {
    return false;
  }
  const std::chrono::sys_days date{std::chrono::days(day)};
  const std::chrono::year_month_day ymd(date);
  const std::size_t weekday = std::chrono::weekday(date).c_encoding();
  const bool on_day = days_.test(static_cast<unsigned>(ymd.day()));
  const bool on_weekday = weekdays_.test(weekday) || (weekday == 0 && weekdays_.test(7));
  const bool either = any_day_ || any_weekday_ ? on_day && on_weekday : on_day || on_weekday;
  return either && months_.test(static_cast<unsigned>(ymd.month()));
}

bool Cron::is_open(std::int64_t wall_ms, std::chrono::seconds length) const {
  const std::int64_t length_ms = std::chrono::milliseconds(length).count();
  for (std::int64_t minute = wall_ms / kMinuteMs; minute * kMinuteMs + length_ms > wall_ms;
       --minute) {
    if (matches(minute)) {
      return true;
    }
  }
  return false;
}

}  // namespace layer::core
