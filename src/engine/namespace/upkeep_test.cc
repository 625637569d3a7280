// Flush and compaction: what they keep, what they drop, and what happens to writes meanwhile.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>

#include "engine/namespace/test_kit.h"
#include "engine/storage/fault_file_system.h"
#include "engine/storage/memory_file_system.h"

namespace layer::engine::ns {
namespace {

using storage::MemoryFileSystem;
using testing::Content;
using testing::TestCatalog;

std::string rows(int first, int count, int n) {
  std::string body = R"({"upsert_rows":[)";
  for (int i = 0; i < count; ++i) {
    body += fmt::format(R"({}{{"id":{},"n":{}}})", i == 0 ? "" : ",", first + i, n);
  }
  return body + "]}";
}

std::size_t files_of(const Snapshot& snapshot) {
  return static_cast<std::size_t>(
      std::ranges::count_if(snapshot.segments, &SegmentView::persisted));
}

TEST(Upkeep, ManySmallWritesLeaveFewSegments) {
  MemoryFileSystem files;
  TestCatalog catalog(files);
  Content expected;
  for (int i = 0; i < 300; ++i) {
    catalog.write("a", rows(i, 1, i));
    expected[std::to_string(i)] = "n=" + std::to_string(i);
    EXPECT_LE((*catalog->snapshot("a"))->segments.size(), 12U);
  }
  EXPECT_EQ(catalog.content("a"), expected);
}

TEST(Upkeep, TombstonesOfFilesAreStoredAndCompactionDropsThem) {
  MemoryFileSystem files;
  TestCatalog catalog(files);
  catalog.write("a", rows(0, 1000, 1));
  ASSERT_TRUE(catalog->settle("a").has_value());
  catalog.write("a", R"({"delete_by_filter":["id","Lt",100]})");
  ASSERT_TRUE(catalog->settle("a").has_value());
  auto snapshot = *catalog->snapshot("a");
  ASSERT_EQ(snapshot->segments.size(), 1U);
  EXPECT_EQ(snapshot->segments[0].segment->size(), 1000U);
  EXPECT_EQ(snapshot->segments[0].deleted->count(), 100U);
  catalog.reopen();
  EXPECT_EQ((*catalog->snapshot("a"))->documents(), 900U);

  catalog.write("a", R"({"delete_by_filter":["id","Lt",500]})");
  ASSERT_TRUE(catalog->settle("a").has_value());
  snapshot = *catalog->snapshot("a");
  ASSERT_EQ(snapshot->segments.size(), 1U);
  EXPECT_EQ(snapshot->segments[0].segment->size(), 500U) << "rewritten without the deleted half";
  catalog.reopen();
  EXPECT_EQ((*catalog->snapshot("a"))->documents(), 500U);
}

TEST(Upkeep, SegmentFilesOfOneSizeBecomeOne) {
  MemoryFileSystem files;
  TestCatalog catalog(files);
  Content expected;
  for (int i = 0; i < 9; ++i) {
    catalog.write("a", rows(i * 10, 20, i));
    ASSERT_TRUE(catalog->settle("a").has_value());
    EXPECT_LE(files_of(**catalog->snapshot("a")), 4U);
    for (int id = i * 10; id < i * 10 + 20; ++id) {
      expected[std::to_string(id)] = "n=" + std::to_string(i);
    }
  }
  EXPECT_EQ(catalog.content("a"), expected);
  catalog.reopen();
  EXPECT_EQ(catalog.content("a"), expected);
}

TEST(Upkeep, ANamespaceWhoseDocumentsAreAllGoneKeepsNoFiles) {
  MemoryFileSystem files;
  TestCatalog catalog(files);
  catalog.write("a", rows(0, 10, 1));
  ASSERT_TRUE(catalog->settle("a").has_value());
  catalog.write("a", R"({"delete_by_filter":["id","Gte",0]})");
  ASSERT_TRUE(catalog->settle("a").has_value());
  EXPECT_TRUE((*catalog->snapshot("a"))->segments.empty());
  catalog.reopen();
  EXPECT_EQ(catalog.content("a"), Content{});
  EXPECT_TRUE(catalog->metadata("a")->schema->find("n"));
}

TEST(Upkeep, ASmallFreshNamespaceCountsNothingAndIsUpToDate) {
  MemoryFileSystem files;
  TestCatalog catalog(files);
  catalog.write("a", rows(0, 4, 1));
  const auto metadata = *catalog->metadata("a");
  EXPECT_EQ(metadata.approx_row_count, 0U);
  EXPECT_EQ(metadata.approx_logical_bytes, 0U);
  EXPECT_FALSE(metadata.unindexed);
}

TEST(Upkeep, AnIndexSwitchedOnIsBuiltInMemoryAtOnceAndInFilesBehind) {
  MemoryFileSystem files;
  TestCatalog catalog(files);
  catalog.write("a", R"({"schema":{"s":{"type":"string","filterable":false}},
                         "upsert_rows":[{"id":1,"s":"x"}]})");
  ASSERT_TRUE(catalog->settle("a").has_value());
  catalog.write("a", R"({"upsert_rows":[{"id":2,"s":"y"}]})");
  ASSERT_TRUE(
      catalog.update_schema("a", R"({"s":{"type":"string","filterable":true}})").has_value());
  const auto memory = (*catalog->snapshot("a"))->segments.back();
  EXPECT_NE(memory.segment->column(0), nullptr);
  ASSERT_TRUE(catalog->settle("a").has_value());
  for (const SegmentView& view : (*catalog->snapshot("a"))->segments) {
    EXPECT_NE(view.segment->column(0), nullptr);
  }
  EXPECT_FALSE(catalog->metadata("a")->unindexed);
  EXPECT_EQ(catalog.write("a", R"({"delete_by_filter":["s","Eq","x"]})").rows_deleted, 1U);
}

TEST(Upkeep, AFlushThatFailsChangesNothingAndIsTriedAgain) {
  MemoryFileSystem memory;
  storage::FaultFileSystem fault(memory);
  TestCatalog catalog(fault);
  catalog.write("a", rows(0, 10, 1));
  const Content before = catalog.content("a");
  fault.inject(
      {.path_contains = "segment-", .lasting = true, .reason = std::string(storage::kNoSpace)});
  EXPECT_FALSE(catalog->settle("a").has_value());
  EXPECT_EQ(catalog.content("a"), before);
  catalog.write("a", R"({"deletes":[0]})");
  fault.clear();
  ASSERT_TRUE(catalog->settle("a").has_value());
  EXPECT_EQ(catalog.content("a").size(), 9U);
  catalog.close();
  memory.lose_power();
  catalog.reopen();
  EXPECT_EQ(catalog.content("a").size(), 9U);
}

TEST(Upkeep, WhatWaitsForAFlushIsCounted) {
  MemoryFileSystem memory;
  storage::FaultFileSystem fault(memory);
  fault.inject(
      {.path_contains = "segment-", .lasting = true, .reason = std::string(storage::kNoSpace)});
  TestCatalog catalog(fault, {.directory = "/e", .memory_segment_rows_max = 5});
  catalog.write("a", rows(0, 10, 1));
  const auto metadata = *catalog->metadata("a");
  ASSERT_TRUE(metadata.unindexed);
  EXPECT_EQ(metadata.unindexed->rows, 10U);
  EXPECT_GT(metadata.unindexed->bytes, 0U);
}

// Random writes while flushes and compactions of tiny segments run on their own threads; what the
// namespace holds must equal a plain map, before and after it is reopened.
TEST(Upkeep, WritesGoOnDuringFlushesAndCompactions) {
  const std::uint64_t seed = 20'240'601;
  SCOPED_TRACE("seed " + std::to_string(seed));
  MemoryFileSystem files;
  TestCatalog catalog(
      files, {.directory = "/e", .memory_segment_bytes_max = 2000, .memory_segment_rows_max = 50});
  std::mt19937_64 random(seed);
  Content expected;
  std::atomic<bool> stop = false;
  std::thread settler([&] {
    while (!stop) {
      (void)catalog->settle("a");
      std::this_thread::yield();
    }
  });
  for (int round = 0; round < 400; ++round) {
    const auto first = static_cast<int>(random() % 200);
    if (random() % 4 == 0 && round > 0) {
      catalog.write("a", fmt::format(R"({{"deletes":[{},{}]}})", first, first + 1));
      expected.erase(std::to_string(first));
      expected.erase(std::to_string(first + 1));
    } else {
      const auto count = static_cast<int>(1 + random() % 8);
      catalog.write("a", rows(first, count, round));
      for (int id = first; id < first + count; ++id) {
        expected[std::to_string(id)] = "n=" + std::to_string(round);
      }
    }
    if (round % 50 == 0) {
      ASSERT_EQ(catalog.content("a"), expected) << "round " << round;
    }
  }
  stop = true;
  settler.join();
  EXPECT_EQ(catalog.content("a"), expected);
  ASSERT_TRUE(catalog->settle("a").has_value());
  EXPECT_EQ(catalog.content("a"), expected);
  catalog.reopen();
  EXPECT_EQ(catalog.content("a"), expected);
}

}  // namespace
}  // namespace layer::engine::ns
