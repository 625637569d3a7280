#include "core/cron.h"

#include <gtest/gtest.h>

namespace layer::core {
namespace {

using namespace std::chrono_literals;

// Minutes since the epoch.
std::int64_t at(int year, unsigned month, unsigned day, int hour, int minute) {
  const std::chrono::sys_days date =
      std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day);
  return std::chrono::minutes(date.time_since_epoch()).count() + hour * 60 + minute;
}

bool matches(std::string_view text, std::int64_t minute) {
  const auto cron = Cron::parse(text);
  EXPECT_TRUE(cron) << text;
  return cron && cron->matches(minute);
}

TEST(Cron, ReadsNumbersRangesStepsAndLists) {
  EXPECT_TRUE(matches("0 * * * *", at(2026, 11, 23, 12, 0)));
  EXPECT_FALSE(matches("0 * * * *", at(2026, 11, 23, 12, 1)));
  EXPECT_TRUE(matches("30 2,14 * * *", at(2026, 11, 23, 14, 30)));
  EXPECT_FALSE(matches("30 2,14 * * *", at(2026, 11, 23, 13, 30)));
  EXPECT_TRUE(matches("0 8-18/5 * * *", at(2026, 11, 23, 13, 0)));
  EXPECT_FALSE(matches("0 8-18/5 * * *", at(2026, 11, 23, 14, 0)));
  EXPECT_TRUE(matches("0 20/2 * * *", at(2026, 11, 23, 22, 0)));
  EXPECT_TRUE(matches("5 0 1 1 *", at(2027, 1, 1, 0, 5)));
  EXPECT_FALSE(matches("5 0 1 1 *", at(2027, 2, 1, 0, 5)));
}

TEST(Cron, SundayIsZeroAndSeven) {
  const std::int64_t sunday = at(2026, 11, 22, 6, 0);
  EXPECT_TRUE(matches("0 6 * * 0", sunday));
  EXPECT_TRUE(matches("0 6 * * 7", sunday));
  EXPECT_FALSE(matches("0 6 * * 1-6", sunday));
}

TEST(Cron, EitherOfTwoRestrictedDaysIsEnough) {
  EXPECT_TRUE(matches("0 6 13 * 5", at(2026, 11, 13, 6, 0)));  // a Friday, the 13th
  EXPECT_TRUE(matches("0 6 13 * 5", at(2026, 11, 20, 6, 0)));  // a Friday
  EXPECT_TRUE(matches("0 6 13 * 5", at(2026, 12, 13, 6, 0)));  // a Sunday, the 13th
  EXPECT_FALSE(matches("0 6 13 * 5", at(2026, 12, 14, 6, 0)));
}

TEST(Cron, WhatIsNoScheduleIsRefused) {
  for (const char* text :
       {"", "0", "0 * * *", "0 * * * * *", "60 * * * *", "0 24 * * *", "0 * 0 * *", "0 * * 13 *",
        "0 * * * 8", "a * * * *", "0 5-2 * * *", "0 */0 * * *", "0 1- * * *", "0  * * *",
        "-1 * * * *", "0 1/2/3 * * *"}) {
    EXPECT_FALSE(Cron::parse(text)) << text;
  }
}

TEST(Cron, AWindowIsOpenForItsLength) {
  const Cron cron = *Cron::parse("30 9 * * *");
  const std::int64_t begin_ms = at(2026, 11, 23, 9, 30) * 60'000;
  EXPECT_FALSE(cron.is_open(begin_ms - 1, 120s));
  EXPECT_TRUE(cron.is_open(begin_ms, 120s));
  EXPECT_TRUE(cron.is_open(begin_ms + 119'999, 120s));
  EXPECT_FALSE(cron.is_open(begin_ms + 120'000, 120s));
  EXPECT_TRUE(cron.is_open(begin_ms + 7'199'000, 7200s));
  EXPECT_FALSE(cron.is_open(begin_ms + 5'000, 5s));
}

}  // namespace
}  // namespace layer::core
