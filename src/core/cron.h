// Times in the five fields of cron: minute, hour, day of the month, month, day of the week, all in
// UTC. A field is `*`, a number, a range `a-b`, with a step `/n`, or a list of these. Where both
// days are restricted, either is enough. Thread safety: immutable.
#pragma once

#include <bitset>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace layer::core {

class Cron {
 public:
  // nullopt: not five such fields.
  static std::optional<Cron> parse(std::string_view text);

  // `minute` counts from the epoch.
  bool matches(std::int64_t minute) const;
  // A window opens at each such minute and stays open for `length`. Cost: one look a minute of
  // `length`.
  bool is_open(std::int64_t wall_ms, std::chrono::seconds length) const;

 private:
  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;
  std::bitset<13> months_;
  std::bitset<8> weekdays_;  // 0 and 7 are Sunday
  bool any_day_ = false;
  bool any_weekday_ = false;
};

}  // namespace layer::core
