// The datetime half of value.h: ISO 8601 text to UTC milliseconds and back.
#include <cstddef>
#include <optional>

#include <fmt/format.h>

#include "wire/value.h"

namespace layer::wire {
namespace {

constexpr std::int64_t kMsPerDay = 86'400'000;
constexpr std::int64_t kMsPerMinute = 60'000;

// Days from 1970-01-01 to a date of the proleptic Gregorian calendar. Source of the arithmetic:
// 400 years always have 146,097 days, and a year that starts in March ends with its leap day.
std::int64_t days_from_civil(std::int64_t year, std::int64_t month, std::int64_t day) {
  const std::int64_t shifted = month <= 2 ? year - 1 : year;
  const std::int64_t era = (shifted >= 0 ? shifted : shifted - 399) / 400;
  const std::int64_t year_of_era = shifted - era * 400;
  const std::int64_t day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
  const std::int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

struct Date {
  std::int64_t year, month, day;
};

Date civil_from_days(std::int64_t days) {
  const std::int64_t shifted = days + 719'468;
  const std::int64_t era = (shifted >= 0 ? shifted : shifted - 146'096) / 146'097;
  const std::int64_t day_of_era = shifted - era * 146'097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t march_month = (5 * day_of_year + 2) / 153;
  const std::int64_t month = march_month < 10 ? march_month + 3 : march_month - 9;
  return {.year = year_of_era + era * 400 + (month <= 2 ? 1 : 0),
          .month = month,
          .day = day_of_year - (153 * march_month + 2) / 5 + 1};
}

bool is_leap(std::int64_t year) {
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

std::int64_t days_in_month(std::int64_t year, std::int64_t month) {
  if (month == 2) {
    return is_leap(year) ? 29 : 28;
  }
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

// Consumes text from the left; the first thing that does not fit leaves it failed for good.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool ok() const { return ok_; }
  bool done() const { return rest_.empty(); }

  std::int64_t digits(std::size_t count) {
    std::int64_t value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (rest_.empty() || !is_digit(rest_.front())) {
        ok_ = false;
        return 0;
      }
      value = value * 10 + (rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    return value;
  }
  bool take(std::string_view any_of) {
    if (rest_.empty() || !any_of.contains(rest_.front())) {
      return false;
    }
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) { ok_ = take(std::string_view(&c, 1)) && ok_; }

  // Digits of a fraction as milliseconds; finer ones are cut off.
  std::int64_t fraction_ms() {
    std::int64_t ms = 0;
    std::int64_t unit = 100;
    bool any = false;
    while (!rest_.empty() && is_digit(rest_.front())) {
      ms += (rest_.front() - '0') * unit;
      unit /= 10;
      any = true;
      rest_.remove_prefix(1);
    }
    ok_ = ok_ && any;
    return ms;
  }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

  std::string_view rest_;
  bool ok_ = true;
};

// Minutes east of UTC. No zone means UTC.
std::optional<std::int64_t> read_zone(Scanner& scanner) {
  if (scanner.done() || scanner.take("Zz")) {
    return 0;
  }
  const bool east = scanner.take("+");
  if (!east && !scanner.take("-")) {
    return std::nullopt;
  }
  const std::int64_t hours = scanner.digits(2);
  scanner.take(":");
  const std::int64_t minutes = scanner.done() ? 0 : scanner.digits(2);
  if (hours > 23 || minutes > 59) {
    return std::nullopt;
  }
  return (east ? 1 : -1) * (hours * 60 + minutes);
}

std::optional<std::int64_t> read_time_ms(Scanner& scanner) {
  const std::int64_t hour = scanner.digits(2);
  scanner.expect(':');
  const std::int64_t minute = scanner.digits(2);
  std::int64_t second = 0;
  std::int64_t ms = 0;
  if (scanner.take(":")) {
    second = scanner.digits(2);
    if (scanner.take(".,")) {
      ms = scanner.fraction_ms();
    }
  }
  const std::optional<std::int64_t> zone = read_zone(scanner);
  if (!zone || hour > 23 || minute > 59 || second > 59) {
    return std::nullopt;
  }
  return (hour * 60 + minute - *zone) * kMsPerMinute + second * 1000 + ms;
}

std::optional<Datetime> read_datetime(std::string_view text) {
  Scanner scanner(text);
  const std::int64_t year = scanner.digits(4);
  scanner.expect('-');
  const std::int64_t month = scanner.digits(2);
  scanner.expect('-');
  const std::int64_t day = scanner.digits(2);
  if (!scanner.ok() || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month)) {
    return std::nullopt;
  }
  std::int64_t time_ms = 0;
  if (scanner.take("Tt ")) {
    const std::optional<std::int64_t> read = read_time_ms(scanner);
    if (!read) {
      return std::nullopt;
    }
    time_ms = *read;
  }
  if (!scanner.ok() || !scanner.done()) {
    return std::nullopt;
  }
  const Datetime result{.ms = days_from_civil(year, month, day) * kMsPerDay + time_ms};
  // A zone may push the instant out of the four-digit years that can be printed again.
  static const std::int64_t first = days_from_civil(0, 1, 1) * kMsPerDay;
  static const std::int64_t end = days_from_civil(10'000, 1, 1) * kMsPerDay;
  if (result.ms < first || result.ms >= end) {
    return std::nullopt;
  }
  return result;
}

}  // namespace

Result<Datetime> parse_datetime(std::string_view text) {
  if (const auto read = read_datetime(text)) {
    return *read;
  }
  return fail(ErrorCode::kInvalidArgument,
              fmt::format("'{}' could not be parsed as datetime, expected ISO 8601 such as "
                          "2024-03-02T00:00:00Z with a year from 0000 to 9999",
                          text.substr(0, 64)));
}

std::string to_string(Datetime time) {
  std::int64_t days = time.ms / kMsPerDay;
  std::int64_t rest = time.ms % kMsPerDay;
  if (rest < 0) {
    rest += kMsPerDay;
    --days;
  }
  const Date date = civil_from_days(days);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}000000Z", date.year, date.month,
                     date.day, rest / 3'600'000, rest / kMsPerMinute % 60, rest / 1000 % 60,
                     rest % 1000);
}

}  // namespace layer::wire
