#include "json/writer.h"

#include <gtest/gtest.h>

#include <bit>
#include <cstdlib>
#include <limits>
#include <random>

#include "json/document.h"

namespace layer::json {
namespace {

template <class T>
std::string written(const T& value) {
  return std::move(Writer().value(value)).take();
}

TEST(Writer, PutsCommasBetweenMembersAndItems) {
  Writer out;
  out.begin_object().member("a", 1).key("b").begin_array().value(1).value("x").null().end_array();
  out.key("c").begin_object().end_object().key("d").raw("[true]").member("e", false).end_object();
  EXPECT_EQ(out.text(), R"({"a":1,"b":[1,"x",null],"c":{},"d":[true],"e":false})");
}

TEST(Writer, EscapesOnlyWhatJsonAsksFor) {
  EXPECT_EQ(written(std::string_view("a\"b\\c\n\t\r\b\f\x01/é💔\x7f")),
            "\"a\\\"b\\\\c\\n\\t\\r\\b\\f\\u0001/é💔\x7f\"");
  EXPECT_EQ(written(std::string_view("a\0b", 3)), "\"a\\u0000b\"");
}

TEST(Writer, EscapesWhereverTheCharacterStands) {
  for (std::size_t length = 1; length <= 20; ++length) {
    for (std::size_t at = 0; at < length; ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string text(length, 'a');
        text[at] = static_cast<char>(byte);
        const bool plain = byte >= 0x20 && byte != '"' && byte != '\\';
        const std::string before = "\"" + text.substr(0, at);
        const std::string after = text.substr(at + 1) + "\"";
        const std::string printed = written(std::string_view(text));
        ASSERT_TRUE(printed.starts_with(before) && printed.ends_with(after))
            << byte << " at " << at;
        const std::string middle =
            printed.substr(before.size(), printed.size() - before.size() - after.size());
        ASSERT_EQ(middle.starts_with('\\'), !plain) << byte << " at " << at;
        ASSERT_TRUE(!plain || middle == text.substr(at, 1)) << byte << " at " << at;
      }
    }
  }
}

TEST(Writer, IntegersAreExact) {
  EXPECT_EQ(written(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
  EXPECT_EQ(written(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
}

TEST(Writer, FloatsAreShortestAndLookLikeFloats) {
  EXPECT_EQ(written(0.7F), "0.7");
  EXPECT_EQ(written(0.7), "0.7");
  EXPECT_EQ(written(2.0F), "2.0");
  EXPECT_EQ(written(-0.0), "-0.0");
  EXPECT_EQ(written(1e30), "1e+30");
  EXPECT_EQ(written(0.010000004F), "0.010000004");
}

TEST(Writer, WhatIsNoNumberIsNull) {
  EXPECT_EQ(written(std::numeric_limits<double>::quiet_NaN()), "null");
  EXPECT_EQ(written(-std::numeric_limits<float>::infinity()), "null");
}

TEST(Writer, EveryFloatReadsBackToTheSameBits) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int i = 0; i < 20'000; ++i) {
    const auto single = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    const auto twice = std::bit_cast<double>(random());
    if (!std::isfinite(single) || !std::isfinite(twice)) {
      continue;
    }
    ASSERT_EQ(std::strtof(written(single).c_str(), nullptr), single);
    const auto document = Document::parse("[" + written(twice) + "]");
    ASSERT_TRUE(document) << written(twice);
    ASSERT_EQ(document->root().at(0).get_double().value(), twice);
  }
}

}  // namespace
}  // namespace layer::json
