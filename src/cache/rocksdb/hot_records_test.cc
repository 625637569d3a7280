#include "cache/rocksdb/hot_records.h"

#include <gtest/gtest.h>

#include "cache/rocksdb/slice.h"

namespace layer::cache {
namespace {

constexpr DiskView kNow{.now_ms = 1000, .oldest_slice = 3, .generation = 1};

StoredRecord stored(std::uint64_t version, std::uint32_t slice = 3) {
  StoredRecord out{.meta = {.version = version, .slice = slice}};
  out.record.version = version;
  out.record.bins[1] = std::make_shared<const std::string>("body");
  return out;
}

class HotRecordsTest : public ::testing::Test {
 protected:
  std::uint64_t version(const DiskView& view = kNow, BinSet bins = BinSet::all()) {
    const auto record = hot.find("s", "k", bins, view, ticket);
    return record ? record->version : 0;
  }
  void offer(const StoredRecord& record) { hot.offer("s", "k", record, kNow, ticket); }

  HotRecords hot{1 << 20};
  HotRecords::Ticket ticket = 0;
};

TEST_F(HotRecordsTest, KeepsWhatWasReadWhileNobodyWrote) {
  EXPECT_EQ(version(), 0U);
  offer(stored(1));
  EXPECT_EQ(version(), 1U);
}

TEST_F(HotRecordsTest, TurnsAwayWhatWasReadBeforeAWriteEnded) {
  version();
  const auto write = hot.begin("s", "k");
  offer(stored(1));
  EXPECT_EQ(version(), 0U) << "a writer is at it";
  offer(stored(1));
  EXPECT_EQ(version(), 0U) << "the writer was at it when the ticket was taken";
  const auto late = ticket;
  hot.end("s", "k", write, nullptr, kNow);
  hot.offer("s", "k", stored(1), kNow, late);
  EXPECT_EQ(version(), 0U) << "the read may have come before the write";
  offer(stored(2));
  EXPECT_EQ(version(), 2U);
}

TEST_F(HotRecordsTest, KeepsWhatAWriterThatWasAlonePut) {
  const auto write = hot.begin("s", "k");
  const StoredRecord record = stored(5);
  hot.end("s", "k", write, &record, kNow);
  EXPECT_EQ(version(), 5U);
}

TEST_F(HotRecordsTest, OfTwoWritersAtOnceNeitherIsKept) {
  const StoredRecord one = stored(1);
  const StoredRecord two = stored(2);
  const auto first = hot.begin("s", "k");
  const auto second = hot.begin("s", "k");
  hot.end("s", "k", second, &two, kNow);
  EXPECT_EQ(version(), 0U);
  hot.end("s", "k", first, &one, kNow);
  EXPECT_EQ(version(), 0U);
}

TEST_F(HotRecordsTest, ACopyFallsWithItsSliceItsHoldItsTimeAndItsGeneration) {
  const auto keep = [&](const StoredRecord& record) {
    const auto write = hot.begin("s", "k");
    hot.end("s", "k", write, &record, kNow);
    ASSERT_NE(version(), 0U);
  };
  keep(stored(1));
  EXPECT_EQ(version({.now_ms = 1000, .oldest_slice = 4, .generation = 1}), 0U);
  EXPECT_EQ(version(), 0U) << "it does not come back";
  keep(stored(1));
  EXPECT_EQ(version({.now_ms = 1000, .oldest_slice = 3, .generation = 2}), 0U);
  StoredRecord brief = stored(1);
  brief.meta.expires_ms = 2000;
  keep(brief);
  EXPECT_EQ(version({.now_ms = 2000, .oldest_slice = 3, .generation = 1}), 0U);
  StoredRecord held = stored(1, kHeldSlice);
  held.meta.held_until_ms = 2000;
  keep(held);
  EXPECT_EQ(version({.now_ms = 2000, .oldest_slice = 3, .generation = 1}), 0U);
}

TEST_F(HotRecordsTest, LeavesVectorsToTheDisk) {
  StoredRecord record = stored(1);
  record.meta.has_vectors = true;
  record.record.bins[2] = std::make_shared<const std::string>("vectors");
  version();
  offer(record);
  EXPECT_EQ(version(kNow, BinSet::all()), 0U);
  EXPECT_EQ(version(kNow, BinSet{}.with(Bin::kBody)), 1U);
}

TEST_F(HotRecordsTest, TruncatingDropsTheSetAndWhatWasReadMeanwhile) {
  version();
  offer(stored(1));
  hot.find("t", "k", BinSet::all(), kNow, ticket);
  hot.offer("t", "k", stored(1), kNow, ticket);
  version();
  hot.begin_truncate("s");
  EXPECT_EQ(version(), 0U);
  offer(stored(1));
  hot.end_truncate("s");
  offer(stored(1));
  EXPECT_EQ(version(), 0U);
  EXPECT_TRUE(hot.find("t", "k", BinSet::all(), kNow, ticket));
}

TEST(HotRecords, StaysWithinItsBytesAndDropsTheLeastRecentlyUsed) {
  HotRecords hot(16 * 10 * 1024);
  HotRecords::Ticket ticket = 0;
  for (int i = 0; i < 2000; ++i) {
    const std::string key = std::to_string(i);
    hot.find("s", key, BinSet::all(), kNow, ticket);
    hot.offer("s", key, stored(1), kNow, ticket);
    EXPECT_TRUE(hot.find("s", key, BinSet::all(), kNow, ticket));
    EXPECT_LE(hot.bytes(), 16U * 10 * 1024);
  }
  EXPECT_FALSE(hot.find("s", "0", BinSet::all(), kNow, ticket));
}

}  // namespace
}  // namespace layer::cache
