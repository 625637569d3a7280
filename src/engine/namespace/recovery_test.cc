// What is on the disk after a crash, a full disk or damage, and what a namespace makes of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <random>

#include "engine/namespace/test_kit.h"
#include "engine/storage/fault_file_system.h"
#include "engine/storage/memory_file_system.h"

namespace layer::engine::ns {
namespace {

using storage::FaultFileSystem;
using storage::FileOperation;
using storage::MemoryFileSystem;
using testing::Content;
using ::testing::HasSubstr;
using testing::TestCatalog;

const std::filesystem::path kLog = "/engine/namespaces/ns-a/log-1";

std::string upsert(int id, int n) {
  return R"({"upsert_rows":[{"id":)" + std::to_string(id) + R"(,"n":)" + std::to_string(n) + "}]}";
}

TEST(Recovery, AReopenedNamespaceGivesTheSameAnswers) {
  MemoryFileSystem files;
  TestCatalog catalog(files);
  catalog.write("a", R"({"distance_metric":"cosine_distance","schema":{"t":{"type":"string",
      "full_text_search":true},"d":"datetime","u":"uuid","sp":{"type":"{}f16",
      "sparse_knn":{"distance_metric":"dot_product"}}},
      "upsert_rows":[{"id":1,"vector":[0.5,1],"t":"a text","d":"2024-01-01","sp":{"x":0.5},
      "u":"5e1a0b9e-0000-0000-0000-000000000001","b":true,"tags":["a","b"]},
      {"id":2,"vector":[1,1]}]})");
  catalog.write("a", R"({"deletes":[2],"patch_rows":[{"id":1,"b":null,"n":-7}]})");
  const Content before = catalog.content("a");
  const auto metadata = *catalog->metadata("a");
  catalog.reopen();
  EXPECT_EQ(catalog.content("a"), before);
  EXPECT_EQ(*catalog->metadata("a")->schema, *metadata.schema);
  EXPECT_EQ(catalog->metadata("a")->settings, metadata.settings);
}

TEST(Recovery, AFlushedNamespaceIsTheSameWithoutItsLogs) {
  MemoryFileSystem files;
  TestCatalog catalog(files);
  catalog.write("a", R"({"upsert_rows":[{"id":1,"n":1},{"id":2,"n":2},{"id":3,"n":3}]})");
  ASSERT_TRUE(catalog->settle("a").has_value());
  EXPECT_FALSE(files.exists(kLog));
  EXPECT_EQ(catalog->metadata("a")->approx_row_count, 3U);
  catalog.write("a", R"({"deletes":[1],"upsert_rows":[{"id":2,"n":20},{"id":4,"n":4}]})");
  const Content expected{{"2", "n=20"}, {"3", "n=3"}, {"4", "n=4"}};
  EXPECT_EQ(catalog.content("a"), expected);
  catalog.reopen();
  EXPECT_EQ(catalog.content("a"), expected);
  ASSERT_TRUE(catalog->settle("a").has_value());
  catalog.reopen();
  EXPECT_EQ(catalog.content("a"), expected);
}

TEST(Recovery, AcknowledgedWritesSurvivePowerLossAndRefusedOnesDoNotAppear) {
  MemoryFileSystem files;
  TestCatalog catalog(files);
  std::mt19937_64 random(7);
  Content expected;
  for (int round = 0; round < 20; ++round) {
    const int id = static_cast<int>(random() % 5);
    catalog.write("a", upsert(id, round));
    expected[std::to_string(id)] = "n=" + std::to_string(round);
    if (round % 6 == 5) {
      ASSERT_TRUE(catalog->settle("a").has_value());
    }
    catalog.close();
    files.lose_power();
    catalog.reopen();
    ASSERT_EQ(catalog.content("a"), expected) << "round " << round;
  }
}

// Fails the n-th change of the disk, for every n until nothing fails any more: each time the write
// is either acknowledged and there after a power loss, or refused and not there.
TEST(Recovery, WhateverFailsNothingAcknowledgedIsLostAndNothingRefusedAppears) {
  for (std::uint64_t nth = 1;; ++nth) {
    SCOPED_TRACE("failing change " + std::to_string(nth));
    MemoryFileSystem memory;
    FaultFileSystem files(memory);
    TestCatalog catalog(files);
    files.inject({.nth = nth, .torn_bytes = 10, .reason = std::string(storage::kNoSpace)});
    Content expected;
    for (int i = 0; i < 4; ++i) {
      const auto done = catalog.try_write("a", upsert(i, i));
      if (done) {
        expected[std::to_string(i)] = "n=" + std::to_string(i);
      } else {
        EXPECT_EQ(done.error().code, ErrorCode::kIo);
        EXPECT_THAT(done.error().message, HasSubstr("No space left on device"));
      }
      if (i == 1) {
        (void)catalog->settle("a");
      }
    }
    EXPECT_EQ(catalog.content("a"), expected);
    const bool failed = files.failures() > 0;
    files.clear();
    catalog.close();
    memory.lose_power();
    catalog.reopen();
    ASSERT_EQ(catalog.content("a"), expected);
    if (!failed) {
      EXPECT_GT(nth, 15U);
      break;
    }
  }
}

TEST(Recovery, ARemovedNamespaceStaysRemovedAfterPowerLoss) {
  MemoryFileSystem files;
  TestCatalog catalog(files);
  catalog.write("a", upsert(1, 1));
  ASSERT_TRUE(catalog->remove("a").has_value());
  catalog.write("b", upsert(1, 1));
  catalog.close();
  files.lose_power();
  catalog.reopen();
  EXPECT_FALSE(catalog.exists("a"));
  EXPECT_TRUE(catalog.exists("b"));
}

TEST(Recovery, AFailedFsyncRefusesTheWriteAndTheNextOneIsSafe) {
  MemoryFileSystem memory;
  FaultFileSystem files(memory);
  TestCatalog catalog(files);
  catalog.write("a", upsert(1, 1));
  files.inject({.operation = FileOperation::kSync});
  EXPECT_THAT(catalog.refusal("a", upsert(2, 2)), HasSubstr("Input/output error"));
  EXPECT_EQ(catalog.content("a"), (Content{{"1", "n=1"}}));
  catalog.write("a", upsert(3, 3));
  catalog.close();
  memory.lose_power();
  catalog.reopen();
  EXPECT_EQ(catalog.content("a"), (Content{{"1", "n=1"}, {"3", "n=3"}}));
}

TEST(Recovery, ALogThatCannotBeRepairedRefusesWritesUntilReopened) {
  MemoryFileSystem memory;
  FaultFileSystem files(memory);
  TestCatalog catalog(files);
  catalog.write("a", upsert(1, 1));
  files.inject({.operation = FileOperation::kSync, .lasting = true});
  files.inject({.operation = FileOperation::kTruncate, .lasting = true});
  EXPECT_NE(catalog.refusal("a", upsert(2, 2)), "");
  files.clear();
  const auto refused = catalog.try_write("a", upsert(3, 3));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(catalog.content("a"), (Content{{"1", "n=1"}})) << "queries go on";
  catalog.reopen();
  EXPECT_EQ(catalog.refusal("a", upsert(3, 3)), "");
}

TEST(Recovery, DamageInTheMiddleOfALogMakesOneNamespaceUnavailable) {
  MemoryFileSystem files;
  TestCatalog catalog(files);
  for (int i = 0; i < 3; ++i) {
    catalog.write("a", upsert(i, i));
    catalog.write("b", upsert(i, i));
  }
  catalog.close();
  auto bytes = *files.read(kLog);
  bytes[bytes.size() / 2] ^= std::byte{1};
  ASSERT_TRUE((*files.create(kLog))->append(bytes).has_value());
  catalog.reopen();
  const auto damaged = catalog->snapshot("a");
  ASSERT_FALSE(damaged.has_value());
  EXPECT_EQ(damaged.error().code, ErrorCode::kCorrupt);
  EXPECT_THAT(damaged.error().message, HasSubstr("ns-a/log-1"));
  EXPECT_THAT(damaged.error().message, HasSubstr("offset"));
  EXPECT_EQ(catalog.content("b").size(), 3U);
  ASSERT_TRUE(catalog->remove("a").has_value()) << "a damaged namespace can be removed";
  EXPECT_EQ(catalog.refusal("a", upsert(1, 1)), "");
}

TEST(Recovery, ATornTailIsCutAndTheLogGoesOn) {
  MemoryFileSystem files;
  TestCatalog catalog(files);
  catalog.write("a", upsert(1, 1));
  catalog.write("a", upsert(2, 2));
  catalog.close();
  const auto bytes = *files.read(kLog);
  ASSERT_TRUE(files.truncate(kLog, bytes.size() - 3).has_value());
  catalog.reopen();
  EXPECT_EQ(catalog.content("a"), (Content{{"1", "n=1"}}));
  catalog.write("a", upsert(3, 3));
  catalog.reopen();
  EXPECT_EQ(catalog.content("a"), (Content{{"1", "n=1"}, {"3", "n=3"}}));
}

TEST(Recovery, AMissingLogIsNoticed) {
  MemoryFileSystem memory;
  FaultFileSystem files(memory);
  TestCatalog catalog(files);
  catalog.write("a", upsert(1, 1));
  files.inject({.operation = FileOperation::kSync});
  EXPECT_NE(catalog.refusal("a", upsert(2, 2)), "");
  catalog.write("a", upsert(3, 3));
  catalog.close();
  ASSERT_TRUE(memory.remove(kLog).has_value());
  catalog.reopen();
  EXPECT_EQ(catalog->snapshot("a").error().code, ErrorCode::kCorrupt);
}

TEST(Recovery, WhatACrashLeftHalfDoneIsRemoved) {
  MemoryFileSystem files;
  TestCatalog catalog(files);
  catalog.write("a", upsert(1, 1));
  ASSERT_TRUE(catalog->settle("a").has_value());
  catalog.close();
  for (const char* name : {"/engine/namespaces/ns-a/segment-77", "/engine/namespaces/ns-a/x.tmp",
                           "/engine/namespaces/ns-a/tombstones-78", "/engine/tmp/left"}) {
    ASSERT_TRUE(files.create(name).has_value());
  }
  catalog.reopen();
  EXPECT_EQ(catalog.content("a"), (Content{{"1", "n=1"}}));
  EXPECT_FALSE(files.exists("/engine/namespaces/ns-a/segment-77"));
  EXPECT_FALSE(files.exists("/engine/namespaces/ns-a/x.tmp"));
  EXPECT_FALSE(files.exists("/engine/namespaces/ns-a/tombstones-78"));
  EXPECT_FALSE(files.exists("/engine/tmp/left"));
}

}  // namespace
}  // namespace layer::engine::ns
