#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <string>
#include <vector>

#include "engine/segment/builder.h"
#include "engine/segment/edited_segment.h"
#include "engine/segment/random_rows.h"
#include "engine/segment/touch_segment.h"

namespace layer::engine::segment {
namespace {

std::vector<std::byte> example(unsigned seed, std::uint32_t count) {
  Random random(seed);
  const wire::Schema schema = every_type();
  return build_from_rows(schema, random_rows(random, schema, wire::IdType::kString, count), {})
      .value();
}

std::optional<std::uint64_t> answers(std::vector<std::byte> bytes) {
  const auto segment = Segment::open(storage::memory_blob(std::move(bytes), "seg-7"));
  if (!segment) {
    EXPECT_EQ(segment.error().code, ErrorCode::kCorrupt) << segment.error().message;
    EXPECT_NE(segment.error().message.find("seg-7 is damaged at byte"), std::string::npos);
    return std::nullopt;
  }
  return Touch(**segment).digest();
}

// The checksums find it, or the byte means nothing (padding).
TEST(DamagedSegment, IsRefusedOrAnswersTheSame) {
  const std::vector<std::byte> good = example(1, 12);
  const auto expected = answers(good);
  ASSERT_TRUE(expected.has_value());
  Random random(2);
  std::size_t refused = 0;
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto bad = good;
    bad[i] ^= static_cast<std::byte>(1U << below(random, 8));
    if (const auto found = answers(std::move(bad))) {
      ASSERT_EQ(found, expected) << "byte " << i;
    } else {
      ++refused;
    }
  }
  EXPECT_GT(refused, good.size() / 2);
}

TEST(DamagedSegment, CutOffAnywhereIsRefused) {
  const std::vector<std::byte> good = example(3, 5);
  for (std::size_t size = 0; size < good.size(); size += 7) {
    EXPECT_FALSE(answers({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)}));
  }
}

// Behind correct checksums: whatever the bytes say, memory that is not the segment's stays
// untouched (the sanitizers watch), and nothing loops or allocates without bound.
TEST(DamagedSegment, WithCorrectChecksumsIsHarmless) {
  constexpr unsigned seed = 4;
  SCOPED_TRACE(seed);
  Random random(seed);
  const std::vector<std::byte> good = example(5, 40);
  int opened = 0;
  for (int round = 0; round < 1500; ++round) {
    std::vector<Edit> edits(1 + below(random, 3));
    for (Edit& edit : edits) {
      edit = {.offset = static_cast<std::uint32_t>(random()),
              .value = static_cast<std::uint8_t>(below(random, 2) == 0 ? 0xFF : random())};
    }
    opened += answers(edited_segment(good, edits)).has_value() ? 1 : 0;
  }
  EXPECT_GT(opened, 0);
}

}  // namespace
}  // namespace layer::engine::segment
