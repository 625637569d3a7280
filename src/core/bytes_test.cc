#include "core/bytes.h"

#include <gtest/gtest.h>

#include <limits>

namespace layer::core {
namespace {

TEST(Bytes, WhatIsWrittenIsReadBack) {
  ByteWriter writer;
  writer.fixed<std::uint32_t>(7);
  writer.varint(std::numeric_limits<std::uint64_t>::max());
  writer.zigzag(std::numeric_limits<std::int64_t>::min());
  writer.zigzag(-1);
  writer.string("abc");
  writer.fixed(1.5);
  ByteReader reader(writer.str());
  EXPECT_EQ(reader.fixed<std::uint32_t>(), 7U);
  EXPECT_EQ(reader.varint(), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(reader.zigzag(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(reader.zigzag(), -1);
  EXPECT_EQ(reader.string(), "abc");
  EXPECT_EQ(reader.fixed<double>(), 1.5);
  EXPECT_TRUE(reader.done());
}

TEST(Bytes, AReadPastTheEndFailsForGoodAndGivesZero) {
  ByteReader reader(
      std::string_view("\x05"
                       "ab",
                       3));
  EXPECT_EQ(reader.string(), "");
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.fixed<std::uint64_t>(), 0U);
  EXPECT_FALSE(reader.done());
}

TEST(Bytes, ACountLargerThanTheInputCanHoldIsRefused) {
  ByteWriter writer;
  writer.varint(1ULL << 40);
  writer.fixed<std::uint64_t>(0);
  ByteReader reader(writer.str());
  EXPECT_EQ(reader.count(8), 0U);
  EXPECT_FALSE(reader.ok());
}

TEST(Bytes, AVarintLongerThanSixtyFourBitsIsRefused) {
  ByteReader reader(std::string_view("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02", 10));
  reader.varint();
  EXPECT_FALSE(reader.ok());
}

}  // namespace
}  // namespace layer::core
