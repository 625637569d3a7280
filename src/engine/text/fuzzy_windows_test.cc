#include "engine/text/fuzzy_windows.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace layer::engine::text {
namespace {

std::vector<Window> windows(std::u32string_view query, std::uint32_t distance,
                            std::string_view text) {
  std::vector<Window> found{{.begin = 7, .end = 7}};
  EXPECT_TRUE(FuzzyWindows::of(query, distance)->find(text, found));
  return found;
}

TEST(FuzzyWindows, LieAroundPiecesOfTheQuery) {
  const std::string text = "one upon the time/ casablenka in the dark wood, far away";
  EXPECT_EQ(windows(U"wood", 0, text), (std::vector<Window>{{.begin = 42, .end = 46}}));
  // "cas" and "abl" of three pieces, each with room for two edits.
  EXPECT_EQ(windows(U"casablanca", 2, text), (std::vector<Window>{{.begin = 17, .end = 31}}));
  EXPECT_EQ(windows(U"zzzzzz", 1, text), std::vector<Window>{});
}

TEST(FuzzyWindows, IgnoreCaseAndJoinWhatOverlaps) {
  EXPECT_EQ(windows(U"abab", 0, "xxABABABxx"), (std::vector<Window>{{.begin = 2, .end = 8}}));
}

TEST(FuzzyWindows, CrossTheBlocksOfLongTexts) {
  for (std::size_t at = 240; at < 270; ++at) {
    std::string text(600, '.');
    text.replace(at, 6, "needle");
    EXPECT_EQ(windows(U"needle", 0, text), (std::vector<Window>{{.begin = at, .end = at + 6}}));
  }
}

TEST(FuzzyWindows, EndWithTheText) {
  EXPECT_EQ(windows(U"a   ", 1, "bcd"), std::vector<Window>{}) << "no blanks after the end";
  EXPECT_EQ(windows(U"a   ", 1, "b a"), (std::vector<Window>{{.begin = 1, .end = 3}}));
}

TEST(FuzzyWindows, AreNotForShortPiecesNorForOtherScripts) {
  EXPECT_TRUE(FuzzyWindows::of(U"abcd", 1));
  EXPECT_FALSE(FuzzyWindows::of(U"abc", 1));
  EXPECT_FALSE(FuzzyWindows::of(U"caf\u00e9s", 0));
  EXPECT_FALSE(FuzzyWindows::of(std::u32string(FuzzyWindows::kQueryBytesMax + 1, U'a'), 0));
  std::vector<Window> found;
  EXPECT_FALSE(FuzzyWindows::of(U"cafe", 0)->find("caf\xc3\xa9", found))
      << "a match may be anywhere";
}

}  // namespace
}  // namespace layer::engine::text
