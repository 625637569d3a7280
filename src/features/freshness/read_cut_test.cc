#include "features/freshness/read_cut.h"

#include <gtest/gtest.h>

#include <tuple>

namespace layer::features::freshness {
namespace {

constexpr std::int64_t kMark = 1'700'000'000'000;

TEST(DecideRead, LeavesReadsThatAreNotStableAlone) {
  for (const ReadLevel level : {ReadLevel::kStrong, ReadLevel::kEventual}) {
    const ReadCut read = decide_read(level, {.stable_as_of_ms = kMark, .stable = false});
    EXPECT_EQ(read.upstream, level);
    EXPECT_FALSE(read.stable);
    EXPECT_EQ(read.cut_ms, std::nullopt);
    EXPECT_EQ(read.watermark_ms, kMark);
  }
}

TEST(DecideRead, ReadsAStableNamespaceWithoutACut) {
  const ReadCut read = decide_read(ReadLevel::kStable, {.stable_as_of_ms = kMark, .stable = true});
  EXPECT_TRUE(read.stable);
  EXPECT_EQ(read.upstream, ReadLevel::kEventual);
  EXPECT_EQ(read.cut_ms, std::nullopt);
  EXPECT_FALSE(read.watermark_unknown);
}

TEST(DecideRead, CutsAtTheWatermarkWhileTheIndexIsBehind) {
  const ReadCut read = decide_read(ReadLevel::kStable, {.stable_as_of_ms = kMark, .stable = false});
  EXPECT_EQ(read.upstream, ReadLevel::kEventual);
  EXPECT_EQ(read.cut_ms, kMark);
}

TEST(DecideRead, AsksStronglyAndWarnsWithoutAWatermark) {
  const ReadCut read = decide_read(ReadLevel::kStable, {});
  EXPECT_TRUE(read.stable);
  EXPECT_EQ(read.upstream, ReadLevel::kStrong);
  EXPECT_EQ(read.cut_ms, std::nullopt);
  EXPECT_TRUE(read.watermark_unknown);
}

TEST(ParseTimeRange, ReadsMillisecondsAndRfc3339) {
  EXPECT_EQ(parse_time_range("1000", "", "")->until_ms, 1000);
  EXPECT_EQ(parse_time_range("", R"("1970-01-01T00:00:02Z")", "")->until_ms, 2000);
  const auto range = parse_time_range("", "", R"([1000, "1970-01-01T00:00:02Z"])");
  ASSERT_TRUE(range);
  EXPECT_EQ(range->after_ms, 1000);
  EXPECT_EQ(range->until_ms, 2000);
}

TEST(ParseTimeRange, IsEmptyWithoutFieldsOrWithNulls) {
  EXPECT_TRUE(parse_time_range("", "", "")->empty());
  EXPECT_TRUE(parse_time_range("null", "null", "null")->empty());
}

TEST(ParseTimeRange, RefusesWhatIsNoRangeAndNamesTheField) {
  const std::vector<std::tuple<std::string, std::string, std::string, std::string>> cases{
      {"1", "2", "", "written_before"}, {"1", "", "[1,2]", "between"},
      {"", "", "[2,2]", "between"},     {"", "", "[3,2]", "between"},
      {"", "", "[1]", "between"},       {"", "", "7", "between"},
      {"\"soon\"", "", "", "as_of"},    {"1.5", "", "", "as_of"},
      {"{}", "", "", "as_of"},          {"", "true", "", "written_before"},
  };
  for (const auto& [as_of, before, between, field] : cases) {
    const auto refused = parse_time_range(as_of, before, between);
    ASSERT_FALSE(refused) << as_of << before << between;
    EXPECT_EQ(refused.error().code, ErrorCode::kValidation);
    EXPECT_TRUE(refused.error().message.starts_with(field)) << refused.error().message;
  }
}

TEST(Filters, SayWhatTheyCompare) {
  EXPECT_EQ(cut_filter(5), R"(["_hevlayer_upserted_at","Lte",5])");
  EXPECT_EQ(time_filter({.until_ms = 5}), cut_filter(5));
  EXPECT_EQ(time_filter({.after_ms = 1, .until_ms = 5}),
            R"(["And",[["_hevlayer_upserted_at","Gt",1],["_hevlayer_upserted_at","Lte",5]]])");
  EXPECT_EQ(time_filter({}), "");
}

TEST(Filters, ComposeWithoutMissingParts) {
  EXPECT_EQ(all_of({}), "");
  EXPECT_EQ(all_of({"", "[1]", ""}), "[1]");
  EXPECT_EQ(all_of({"[1]", "", "[2]"}), R"(["And",[[1],[2]]])");
}

}  // namespace
}  // namespace layer::features::freshness
