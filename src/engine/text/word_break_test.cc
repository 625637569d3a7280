#include "engine/text/word_break.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "engine/text/utf8.h"

namespace layer::engine::text {
namespace {

std::vector<std::size_t> boundaries(std::string_view text) {
  std::vector<std::size_t> all = {0};
  for (std::size_t pos = 0; pos < text.size();) {
    pos = next_segment(text, pos).end;
    all.push_back(pos);
  }
  return all;
}

TEST(WordBreak, AgreesWithTheUnicodeConformanceTests) {
  const std::filesystem::path path = "/usr/share/unicode/auxiliary/WordBreakTest.txt";
  if (!std::filesystem::exists(path)) {
    GTEST_SKIP() << path << " is missing: install the package unicode-data";
  }
  std::ifstream in(path);
  int cases = 0;
  for (std::string line; std::getline(in, line);) {
    std::istringstream fields(line.substr(0, line.find('#')));
    std::string text;
    std::vector<std::size_t> expected;
    for (std::string field; fields >> field;) {
      if (field == "÷") {
        expected.push_back(text.size());
      } else if (field != "×") {
        append_utf8(text, static_cast<char32_t>(std::stoul(field, nullptr, 16)));
      }
    }
    if (!expected.empty()) {
      ++cases;
      ASSERT_EQ(boundaries(text), expected) << line;
    }
  }
  EXPECT_GT(cases, 1800);
}

TEST(WordBreak, FastPathGivesTheWordsOfTheGeneralRules) {
  const std::vector<std::string> pieces = {
      "a", "Z", "7",  "_",  ".",  "'",  ":",  ",",      ";", " ", "\n", "\r",     "-", "é",
      "́",  "א", "\"", "ー", "東", "タ", "🐡", "\u200d", "३", "🇩", "\t", "\u2019", "ि"};
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    // Mostly ASCII, so that long runs of it occur.
    for (int i = 0; i < 16; ++i) {
      text += pieces[random() % (random() % 4 == 0 ? pieces.size() : 13)];
    }
    std::vector<std::pair<std::size_t, std::size_t>> expected;
    for (std::size_t pos = 0; pos < text.size();) {
      const Segment segment = next_segment(text, pos);
      if (segment.word_like) {
        expected.emplace_back(segment.begin, segment.end);
      }
      pos = segment.end;
    }
    std::vector<std::pair<std::size_t, std::size_t>> words;
    for_each_word(text, [&](const Segment& segment) {
      words.emplace_back(segment.begin, segment.end);
      const Segment general = next_segment(text, segment.begin);
      ASSERT_EQ(segment.ascii, general.ascii);
      ASSERT_EQ(segment.ascii_upper, general.ascii_upper);
    });
    ASSERT_EQ(words, expected) << text;
  }
}

}  // namespace
}  // namespace layer::engine::text
