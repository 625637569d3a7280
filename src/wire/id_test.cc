#include "wire/id.h"

#include <gtest/gtest.h>

namespace layer::wire {
namespace {

constexpr const char* kCanonical = "0190f3b2-4c5d-7e8f-9a0b-1c2d3e4f5a6b";

TEST(Uuid, EverySpellingGivesTheCanonicalOne) {
  for (const char* text :
       {kCanonical, "0190F3B2-4C5D-7E8F-9A0B-1C2D3E4F5A6B", "0190f3b24c5d7e8f9a0b1c2d3e4f5a6b",
        "{0190f3b2-4c5d-7e8f-9a0b-1c2d3e4f5a6b}",
        "urn:uuid:0190f3b2-4c5d-7e8f-9a0b-1c2d3e4f5a6b"}) {
    const auto uuid = parse_uuid(text);
    ASSERT_TRUE(uuid) << text;
    EXPECT_EQ(to_string(*uuid), kCanonical);
  }
}

TEST(Uuid, RefusesEverythingElse) {
  for (const char* text :
       {"", "x", "0190f3b2-4c5d-7e8f-9a0b-1c2d3e4f5a6", "0190f3b24c5d7e8f9a0b1c2d3e4f5a6g",
        "0190f3b24-c5d-7e8f-9a0b-1c2d3e4f5a6b", "{0190f3b2-4c5d-7e8f-9a0b-1c2d3e4f5a6b",
        "urn:guid:0190f3b2-4c5d-7e8f-9a0b-1c2d3e4f5a6b", "{0190f3b24c5d7e8f9a0b1c2d3e4f5a6b}",
        "------------------------------------"}) {
    EXPECT_FALSE(parse_uuid(text)) << text;
  }
}

TEST(Id, OrdersByNumberByBytesAndByTheUuidsValue) {
  EXPECT_LT(Id(std::uint64_t{9}), Id(std::uint64_t{10}));
  EXPECT_LT(Id(std::string("10")), Id(std::string("9")));
  EXPECT_LT(Id(std::string("a")), Id(std::string("\xc3\xa9")));
  EXPECT_LT(Id(*parse_uuid("00000000-0000-0000-0000-0000000000ff")),
            Id(*parse_uuid("ff000000-0000-0000-0000-000000000000")));
}

TEST(Id, PrintsItsCanonicalText) {
  EXPECT_EQ(to_string(Id(~std::uint64_t{0})), "18446744073709551615");
  EXPECT_EQ(to_string(Id(*parse_uuid(kCanonical))), kCanonical);
  EXPECT_EQ(to_string(Id(std::string("doc-1"))), "doc-1");
  EXPECT_EQ(name(type_of(Id(*parse_uuid(kCanonical)))), "uuid");
}

}  // namespace
}  // namespace layer::wire
