#include "core/random.h"

#include <gtest/gtest.h>

#include <regex>
#include <set>

namespace layer::core {
namespace {

TEST(Random, UuidsAreVersionFourAndDiffer) {
  const std::regex form("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const std::string uuid = random_uuid();
    EXPECT_TRUE(std::regex_match(uuid, form)) << uuid;
    EXPECT_TRUE(seen.insert(uuid).second) << uuid;
  }
}

TEST(Random, TimeOrderedUuidsSortByTheirTime) {
  const std::string early = time_ordered_uuid(1'700'000'000'000);
  const std::string late = time_ordered_uuid(1'700'000'000'001);
  EXPECT_LT(early, late);
  EXPECT_TRUE(early.starts_with("018bcfe5-6800-7")) << early;
  EXPECT_TRUE(std::string_view("89ab").contains(early[19])) << early;
}

TEST(Random, TellsUuidsFromOtherTexts) {
  EXPECT_TRUE(is_uuid(random_uuid()));
  EXPECT_TRUE(is_uuid(time_ordered_uuid(1)));
  for (const std::string_view text :
       {"", "018bcfe5", "018bcfe5-6800-7000-8000-00000000000",
        "018BCFE5-6800-7000-8000-000000000000", "018bcfe5-6800-7000-8000-0000000000000",
        "018bcfe5x6800-7000-8000-000000000000"}) {
    EXPECT_FALSE(is_uuid(text)) << text;
  }
}

TEST(Random, HexKeepsLeadingZeros) {
  EXPECT_EQ(hex(std::string_view("\0\xff\x10", 3)), "00ff10");
  EXPECT_EQ(hex(std::uint64_t{0xab}), "00000000000000ab");
}

TEST(Random, GivesAsManyBytesAsAskedFor) {
  EXPECT_TRUE(random_bytes(0).empty());
  EXPECT_EQ(random_bytes(33).size(), 33U);
}

}  // namespace
}  // namespace layer::core
