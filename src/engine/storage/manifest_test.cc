#include "engine/storage/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace layer::engine::storage {
namespace {

using ::testing::HasSubstr;

Manifest sample() {
  return {.next_file = 12,
          .first_log = 4,
          .sequence = 1ULL << 40,
          .segments = {{.number = 3, .file_bytes = 4096, .tombstones = 0},
                       {.number = 9, .file_bytes = 1, .tombstones = 11}},
          .state = std::string("a\0b", 3)};
}

TEST(Manifest, WhatIsEncodedIsDecoded) {
  const auto decoded = decode_manifest(encode_manifest(sample()), "manifest");
  ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
  EXPECT_EQ(*decoded, sample());
}

TEST(Manifest, AnyChangedByteIsFoundAndTheFileNamed) {
  const auto bytes = encode_manifest(sample());
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    if (at >= 12 && at < 16) {
      continue;  // reserved
    }
    auto damaged = bytes;
    damaged[at] ^= std::byte{1};
    const auto decoded = decode_manifest(damaged, "x/manifest");
    ASSERT_FALSE(decoded.has_value()) << at;
    EXPECT_EQ(decoded.error().code, ErrorCode::kCorrupt);
    EXPECT_THAT(decoded.error().message, HasSubstr("x/manifest"));
  }
}

TEST(Manifest, AnyMissingEndIsFound) {
  const auto bytes = encode_manifest(sample());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_manifest(std::span(bytes).first(size), "manifest").has_value());
  }
}

TEST(Tombstones, WhatIsEncodedIsDecoded) {
  const TombstoneFile file{.universe = 70, .words = {5, 1}};
  const auto decoded = decode_tombstones(encode_tombstones(file), "tombstones-1");
  ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
  EXPECT_EQ(decoded->universe, 70U);
  EXPECT_EQ(decoded->words, file.words);
}

TEST(Tombstones, BitsBeyondTheEndAreRefused) {
  const TombstoneFile file{.universe = 3, .words = {8}};
  EXPECT_FALSE(decode_tombstones(encode_tombstones(file), "tombstones-1").has_value());
}

TEST(Tombstones, AManifestIsNotOne) {
  EXPECT_FALSE(decode_tombstones(encode_manifest(sample()), "manifest").has_value());
}

}  // namespace
}  // namespace layer::engine::storage
