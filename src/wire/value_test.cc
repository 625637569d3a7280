#include "wire/value.h"

#include <limits>

#include <gtest/gtest.h>

namespace layer::wire {
namespace {

std::string reprint(std::string_view text) {
  const auto time = parse_datetime(text);
  return time ? to_string(*time) : "refused";
}

TEST(Datetime, AcceptsEveryDocumentedSpelling) {
  const std::string midnight = "2024-03-02T00:00:00.000000000Z";
  for (const char* text :
       {"2024-03-02", "2024-03-02T00:00:00Z", "2024-03-02 00:00:00", "2024-03-02T00:00",
        "2024-03-02T01:30:00+01:30", "2024-03-01T22:00:00-02:00", "2024-03-01T22:00:00-0200",
        "2024-03-02t00:00:00.000z"}) {
    EXPECT_EQ(reprint(text), midnight) << text;
  }
}

TEST(Datetime, KeepsMillisecondsAndCutsFinerDigits) {
  EXPECT_EQ(reprint("2024-03-02T12:34:56.789"), "2024-03-02T12:34:56.789000000Z");
  EXPECT_EQ(reprint("2024-03-02T12:34:56.7899999Z"), "2024-03-02T12:34:56.789000000Z");
  EXPECT_EQ(reprint("1969-12-31T23:59:59.9999Z"), "1969-12-31T23:59:59.999000000Z");
  EXPECT_EQ(parse_datetime("1970-01-01T00:00:00.5Z")->ms, 500);
  EXPECT_EQ(parse_datetime("1969-12-31T23:59:59Z")->ms, -1000);
}

TEST(Datetime, KnowsTheCalendar) {
  EXPECT_EQ(reprint("2000-02-29"), "2000-02-29T00:00:00.000000000Z");
  EXPECT_EQ(reprint("1900-02-29"), "refused");
  EXPECT_EQ(reprint("2024-04-31"), "refused");
  EXPECT_EQ(reprint("0000-01-01"), "0000-01-01T00:00:00.000000000Z");
  EXPECT_EQ(reprint("9999-12-31T23:59:59.999Z"), "9999-12-31T23:59:59.999000000Z");
  EXPECT_EQ(reprint("9999-12-31T23:59:59-00:01"), "refused");
  EXPECT_EQ(reprint("0000-01-01T00:00:00+00:01"), "refused");
}

TEST(Datetime, EveryDayOfFourCenturiesSurvivesTheRoundTrip) {
  for (std::int64_t day = -100'000; day < 50'000; ++day) {
    const Datetime time{.ms = day * 86'400'000 + 1};
    ASSERT_EQ(parse_datetime(to_string(time))->ms, time.ms) << to_string(time);
  }
}

TEST(Datetime, RefusesWhatIsNoInstant) {
  for (const char* text :
       {"", "2024", "2024-3-2", "2024-13-01", "2024-00-10", "2024-01-00", "2024-01-01T24:00:00Z",
        "2024-01-01T00:60:00Z", "2024-01-01T00:00:60Z", "2024-01-01T00:00:00.Z",
        "2024-01-01T00:00:00+24:00", "2024-01-01T00:00:00Zx", "2024-01-01Z", "2024-01-01T",
        "+2024-01-01", "2024-03-02T01+01", "2024-01-01T00:00:00 Z", "tomorrow"}) {
    EXPECT_EQ(reprint(text), "refused") << text;
  }
}

TEST(Datetime, PrintingNeverFails) {
  EXPECT_FALSE(to_string(Datetime{std::numeric_limits<std::int64_t>::min()}).empty());
  EXPECT_FALSE(to_string(Datetime{std::numeric_limits<std::int64_t>::max()}).empty());
}

TEST(LogicalBytes, FollowTheBillingRules) {
  EXPECT_EQ(logical_bytes(Value{}), 0U);
  EXPECT_EQ(logical_bytes(Value{true}), 1U);
  EXPECT_EQ(logical_bytes(Value{std::int64_t{1}}), 8U);
  EXPECT_EQ(logical_bytes(Value{1.5}), 8U);
  EXPECT_EQ(logical_bytes(Value{std::string("caf\xc3\xa9")}), 5U);
  EXPECT_EQ(logical_bytes(Value{Uuid{}}), 16U);
  EXPECT_EQ(logical_bytes(Value{Datetime{}}), 8U);
  EXPECT_EQ(logical_bytes(Value{std::vector<std::uint8_t>{0, 1}}), 2U);
  EXPECT_EQ(logical_bytes(Value{std::vector<std::string>{"a", "bcd"}}), 4U);
  EXPECT_EQ(logical_bytes(Value{EmptyArray{}}), 0U);
  EXPECT_EQ(logical_bytes(Value{DenseVector{{1, 2}}}), 8U);
  EXPECT_EQ(logical_bytes(Value{DenseVector{{1, 2}}}, ElementType::kF16), 4U);
  EXPECT_EQ(logical_bytes(Value{DenseVector{{1, 2}}}, ElementType::kI8), 2U);
  EXPECT_EQ(logical_bytes(Id{std::uint64_t{7}}), 8U);
  EXPECT_EQ(logical_bytes(Id{std::string("abc")}), 3U);
}

}  // namespace
}  // namespace layer::wire
