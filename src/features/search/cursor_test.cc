#include "features/search/cursor.h"

#include <gtest/gtest.h>

#include "features/search/layer_query.h"

namespace layer::features::search {
namespace {

constexpr std::int64_t kNow = 1'700'000'000'000;
constexpr std::int64_t kDayMs = 24LL * 60 * 60 * 1000;

class CursorTest : public ::testing::Test {
 protected:
  std::string reason(std::string_view text, std::string_view ns = "docs",
                     std::string_view fingerprint = "query", std::int64_t now = kNow) {
    const auto opened = open_cursor(text, ns, fingerprint, now, signer);
    EXPECT_TRUE(opened || opened.error().code == ErrorCode::kInvalidCursor);
    return opened ? "" : opened.error().fields.front().value;
  }

  core::Signer signer = *core::Signer::make({"0123456789abcdef"});
  Cursor cursor{.ns = "docs",
                .fingerprint = "query",
                .position = WindowPosition{.offset = 7, .window = 100, .skipped = {1, ~0ULL}},
                .cut = {.upstream = freshness::ReadLevel::kEventual,
                        .stable = true,
                        .cut_ms = 5,
                        .watermark_ms = 6},
                .issued_ms = kNow};
};

TEST_F(CursorTest, ComesBackAsItWent) {
  const auto opened = open_cursor(*seal_cursor(cursor, signer), "docs", "query", kNow, signer);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->position, cursor.position);
  EXPECT_TRUE(opened->cut.stable);
  EXPECT_EQ(opened->cut.cut_ms, 5);
  EXPECT_EQ(opened->cut.watermark_ms, 6);
  EXPECT_EQ(opened->cut.upstream, freshness::ReadLevel::kEventual);
  cursor.position = KeyPosition{.values = {"null", R"("a")"}, .id = "9"};
  EXPECT_EQ(open_cursor(*seal_cursor(cursor, signer), "docs", "query", kNow, signer)->position,
            cursor.position);
}

TEST_F(CursorTest, SaysWhyItIsRefused) {
  const std::string text = *seal_cursor(cursor, signer);
  EXPECT_EQ(reason(text), "");
  EXPECT_EQ(reason("?"), "malformed");
  EXPECT_EQ(reason(""), "malformed");
  EXPECT_EQ(reason(std::string(kCursorBytesMax + 1, 'A')), "malformed");
  EXPECT_EQ(reason(text, "other"), "mismatch");
  EXPECT_EQ(reason(text, "docs", "another"), "mismatch");
  EXPECT_EQ(reason(text, "docs", "query", kNow + kDayMs), "");
  EXPECT_EQ(reason(text, "docs", "query", kNow + kDayMs + 1), "expired");
  const auto foreign = *core::Signer::make({"another key of 26 bytes..."});
  EXPECT_EQ(reason(*seal_cursor(cursor, foreign)), "signature");
}

TEST_F(CursorTest, NoByteOfItCanBeChanged) {
  const std::string text = *seal_cursor(cursor, signer);
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_NE(reason(changed), "") << i;
  }
}

TEST_F(CursorTest, IsAtMostSixKibibytes) {
  std::vector<std::uint64_t> skipped(kSkippedMax, ~0ULL);
  cursor.position = WindowPosition{.offset = 10'000, .window = 10'000, .skipped = skipped};
  const auto text = seal_cursor(cursor, signer);
  ASSERT_TRUE(text);
  EXPECT_EQ(reason(*text), "");
  cursor.position = KeyPosition{.values = {std::string(kCursorBytesMax, 'x')}, .id = "1"};
  ASSERT_FALSE(seal_cursor(cursor, signer));
  EXPECT_EQ(seal_cursor(cursor, signer).error().code, ErrorCode::kValidation);
}

TEST(Fingerprints, LeaveOutWhatMayChangeFromPageToPage) {
  const std::string query = fingerprint_of(R"({"rank_by":["a","asc"],"top_k":3,"filters":null})");
  EXPECT_EQ(query.size(), 32U);
  EXPECT_EQ(
      fingerprint_of(R"({ "cursor":"x", "filters":null, "rank_by": [ "a" ,"asc"],"limit":9})"),
      query);
  for (const char* other : {R"({"rank_by":["a","desc"],"filters":null})",
                            R"({"rank_by":["a","asc"]})", R"({"rank_by":["aasc"],"filters":null})",
                            R"({"rank_by":["a","asc"],"filters":null,"page_window":5})"}) {
    EXPECT_NE(fingerprint_of(other), query) << other;
  }
  EXPECT_NE(fingerprint_of(R"({"v":[1,2]})"), fingerprint_of(R"({"v":[12]})"));
}

}  // namespace
}  // namespace layer::features::search
