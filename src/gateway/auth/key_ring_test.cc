#include "gateway/auth/key_ring.h"

#include <gtest/gtest.h>

namespace layer::gateway {
namespace {

KeyEntry entry(std::string_view key, std::string name) {
  return {.digest = sha256(key),
          .identity = std::make_shared<const Identity>(
              Identity{.name = std::move(name), .kind = CallerKind::kStaticKey})};
}

const KeyEntry* find(const KeyRing& ring, std::string_view key) {
  return ring.find(sha256(key), key);
}

TEST(Digest, IsSha256) {
  const Digest digest = sha256("abc");
  EXPECT_EQ(digest[0], 0xba);
  EXPECT_EQ(digest[1], 0x78);
  EXPECT_EQ(digest[31], 0xad);
  EXPECT_EQ(sha256("ab", "c"), digest);
}

TEST(Digest, EqualityLooksAtEveryByte) {
  const Digest digest = sha256("abc");
  EXPECT_TRUE(equal_in_constant_time(digest, sha256("abc")));
  for (std::size_t i = 0; i < digest.size(); ++i) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      Digest other = digest;
      other[i] ^= static_cast<unsigned char>(1U << bit);
      EXPECT_FALSE(equal_in_constant_time(digest, other)) << i << "/" << bit;
    }
  }
}

TEST(KeyRing, FindsKeysByTheirWholeText) {
  const KeyRing ring({entry("first-key", "a"), entry("second-key", "b")});
  ASSERT_NE(find(ring, "second-key"), nullptr);
  EXPECT_EQ(find(ring, "second-key")->identity->name, "b");
  for (const auto* const other : {"", "first-ke", "first-key ", "First-key", "first-keyx"}) {
    EXPECT_EQ(find(ring, other), nullptr) << other;
  }
  EXPECT_EQ(find(KeyRing(), "first-key"), nullptr);
}

TEST(KeyRing, DigestsThatBeginAlikeAreToldApart) {
  KeyEntry near = entry("first-key", "near");
  near.digest.back() ^= 1;
  const KeyRing ring({std::move(near), entry("first-key", "right")});
  EXPECT_EQ(ring.size(), 2);
  EXPECT_EQ(find(ring, "first-key")->identity->name, "right");
}

TEST(KeyRing, APepperedKeyNeedsThePepper) {
  const auto peppered = [] {
    KeyEntry key = entry("hvl_token", "minted");
    key.peppered = sha256("pepper", "hvl_token");
    return key;
  };
  EXPECT_NE(find(KeyRing({peppered()}, core::Secret("pepper")), "hvl_token"), nullptr);
  EXPECT_EQ(find(KeyRing({peppered()}, core::Secret("other")), "hvl_token"), nullptr);
  EXPECT_EQ(find(KeyRing({peppered()}), "hvl_token"), nullptr);
}

}  // namespace
}  // namespace layer::gateway
