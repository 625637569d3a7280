#include "features/history/segment_name.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "features/history/utc.h"

namespace layer::features::history {
namespace {

constexpr std::string_view kEnding = ".ndjson.zst";
constexpr std::string_view kCompacted = "day/";
constexpr std::size_t kCounterDigits = 13;
constexpr std::size_t kTimeDigits = 8;
constexpr std::size_t kNumberDigits = kCounterDigits + 2 * kTimeDigits;

std::optional<std::int64_t> number(std::string_view digits) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool whole = error == std::errc() && end == digits.data() + digits.size();
  return whole && value >= 0 ? std::optional(value) : std::nullopt;
}

// The hour that a short name begins with; 24: compacted; nullopt: neither.
std::optional<std::int64_t> folder_of(std::string_view name) {
  if (name.starts_with(kCompacted)) {
    return 24;
  }
  if (name.size() < 4 || name[2] != '/') {
    return std::nullopt;
  }
  const auto hour = number(name.substr(0, 2));
  return hour && *hour < 24 ? hour : std::nullopt;
}

std::int64_t ms_of_day(std::int64_t ns) {
  return (ns - day_of(ns) * kDayNs) / kMsNs;
}

}  // namespace

std::string namespace_prefix(std::string_view ns) {
  return fmt::format("{}{}/", kHistoryPrefix, ns);
}

std::string day_prefix(std::string_view ns, std::int64_t day) {
  return fmt::format("{}{}/{}/", kHistoryPrefix, ns, print_day(day));
}

std::string hour_prefix(std::string_view ns, std::int64_t hour) {
  const std::int64_t day = day_of(hour * kHourNs);
  return fmt::format("{}{:02}/", day_prefix(ns, day), hour - day * 24);
}

std::string compacted_prefix(std::string_view ns, std::int64_t day) {
  return day_prefix(ns, day) + std::string(kCompacted);
}

std::string index_key(std::string_view ns, std::int64_t day) {
  return compacted_prefix(ns, day) + "index.json.zst";
}

std::string segment_key(const SegmentName& name) {
  return fmt::format("{}{}-{:013}{:08}{:08}{}", name.prefix, name.gateway, name.counter,
                     ms_of_day(name.oldest_ns), ms_of_day(name.newest_ns), kEnding);
}

std::string_view short_name(std::string_view key, std::string_view day_prefix) {
  key.remove_prefix(std::min(day_prefix.size(), key.size()));
  return key.ends_with(kEnding) ? key.substr(0, key.size() - kEnding.size()) : key;
}

std::optional<Segment> parse_segment(std::string_view key, std::string_view day_prefix,
                                     std::int64_t day) {
  if (!key.starts_with(day_prefix) || !key.ends_with(kEnding)) {
    return std::nullopt;
  }
  const std::string_view name = short_name(key, day_prefix);
  const auto folder = folder_of(name);
  if (!folder) {
    return std::nullopt;
  }
  const bool compacted = *folder == 24;
  const std::int64_t begin = day * kDayNs + (compacted ? 0 : *folder * kHourNs);
  Segment segment{.key = std::string(key),
                  .oldest_ns = begin,
                  .newest_ns = begin + (compacted ? kDayNs : kHourNs) - 1,
                  .compacted = compacted};
  const std::string_view digits = name.substr(name.rfind('-') + 1);
  if (digits.size() == kNumberDigits) {
    const auto counter = number(digits.substr(0, kCounterDigits));
    const auto oldest = number(digits.substr(kCounterDigits, kTimeDigits));
    const auto newest = number(digits.substr(kCounterDigits + kTimeDigits));
    if (counter && oldest && newest && *oldest <= *newest && *newest < kDayMs) {
      segment.counter = static_cast<std::uint64_t>(*counter);
      segment.oldest_ns = day * kDayNs + *oldest * kMsNs;
      segment.newest_ns = day * kDayNs + (*newest + 1) * kMsNs - 1;
    }
  }
  return segment;
}

}  // namespace layer::features::history
