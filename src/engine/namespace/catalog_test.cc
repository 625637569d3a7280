#include "engine/namespace/catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "engine/namespace/test_kit.h"
#include "engine/storage/fault_file_system.h"
#include "engine/storage/memory_file_system.h"

namespace layer::engine::ns {
namespace {

using storage::MemoryFileSystem;
using testing::Content;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::TestCatalog;

const std::string kOne = R"({"upsert_rows":[{"id":1,"n":1}]})";

class CatalogTest : public ::testing::Test {
 protected:
  MemoryFileSystem files_;
  TestCatalog catalog_{files_};
};

TEST_F(CatalogTest, NamesAreListedByTheStoresSortKeyInPages) {
  for (const char* name : {"demo", "demo-copy", "demo-u", "zebra", "Alpha", "demo2"}) {
    catalog_.write(name, kOne);
  }
  // '-' sorts before 't' of "-table/" and digits after it, so "demo-copy" precedes "demo".
  EXPECT_THAT(catalog_->list("", "", 10).names,
              ElementsAre("Alpha", "demo-copy", "demo", "demo-u", "demo2", "zebra"));
  const NamePage page = catalog_->list("demo", "", 2);
  EXPECT_THAT(page.names, ElementsAre("demo-copy", "demo"));
  EXPECT_TRUE(page.more);
  const NamePage rest = catalog_->list("demo", "demo", 2);
  EXPECT_THAT(rest.names, ElementsAre("demo-u", "demo2"));
  EXPECT_FALSE(rest.more);
  EXPECT_THAT(catalog_->list("demo-t", "", 10).names, IsEmpty());
  EXPECT_THAT(catalog_->list("", "zebra", 10).names, IsEmpty());
  catalog_.reopen();
  EXPECT_EQ(catalog_->list("", "", 10).names.size(), 6U);
}

TEST_F(CatalogTest, DotsAreNamesLikeOthers) {
  for (const char* name : {".", "..", "...", "-", "_"}) {
    catalog_.write(name, kOne);
  }
  catalog_.reopen();
  for (const char* name : {".", "..", "...", "-", "_"}) {
    EXPECT_EQ(catalog_.content(name), (Content{{"1", "n=1"}}));
    EXPECT_TRUE(catalog_->remove(name).has_value());
    EXPECT_FALSE(catalog_.exists(name));
  }
}

TEST_F(CatalogTest, ARemovedNamespaceIsGoneAndItsNameIsFreeForAnotherKind) {
  catalog_.write("a", R"({"distance_metric":"cosine_distance",
                          "upsert_rows":[{"id":1,"vector":[1,0]}]})");
  const auto kept = *catalog_->snapshot("a");
  ASSERT_TRUE(catalog_->remove("a").has_value());
  EXPECT_EQ(catalog_->snapshot("a").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(catalog_->snapshot("a").error().message, "🤷 namespace 'a' was not found");
  EXPECT_EQ(catalog_->remove("a").error().code, ErrorCode::kNotFound);
  EXPECT_THAT(catalog_->list("", "", 10).names, IsEmpty());
  catalog_.write("a", R"({"upsert_rows":[{"id":"text"}]})");
  EXPECT_EQ(catalog_.content("a"), (Content{{"text", ""}}));
  EXPECT_EQ(testing::content(*kept), (Content{{"1", "vector=[1,0]"}}))
      << "a running query finishes on its snapshot";
  catalog_.reopen();
  EXPECT_EQ(catalog_.content("a"), (Content{{"text", ""}}));
  EXPECT_THAT(*files_.list("/engine/tmp"), IsEmpty());
}

TEST_F(CatalogTest, ASecondEngineIsKeptOutOfTheDirectory) {
  const auto second = Catalog::open({.directory = "/engine"}, files_);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::kConflict);
  catalog_.close();
  EXPECT_TRUE(Catalog::open({.directory = "/engine"}, files_).has_value());
}

TEST_F(CatalogTest, ACopyHasTheSameDocumentsAndItsOwnLife) {
  catalog_.write("a", R"({"distance_metric":"cosine_distance",
      "upsert_rows":[{"id":1,"vector":[1,0],"n":1},{"id":2,"vector":[0,1],"n":2},
                     {"id":3,"vector":[0,1],"n":3}]})");
  ASSERT_TRUE(catalog_->settle("a").has_value());
  catalog_.write("a", R"({"deletes":[1],"upsert_rows":[{"id":4,"vector":[0,1],"n":4}]})");
  const auto done = catalog_.write("b", R"({"copy_from_namespace":"a"})");
  EXPECT_EQ(done.message, "namespace cloned successfully");
  EXPECT_EQ(done.rows_affected_override, 3U);
  const Content copied = catalog_.content("a");
  EXPECT_EQ(catalog_.content("b"), copied);
  EXPECT_EQ(*catalog_->metadata("b")->schema, *catalog_->metadata("a")->schema);

  catalog_.write("b", R"({"deletes":[2]})");
  catalog_.write("a", R"({"delete_by_filter":["id","Gte",0]})");
  ASSERT_TRUE(catalog_->settle("a").has_value());
  EXPECT_EQ(catalog_.content("a"), Content{});
  EXPECT_EQ(catalog_.content("b").size(), 2U);
  ASSERT_TRUE(catalog_->remove("a").has_value());
  catalog_.reopen();
  EXPECT_EQ(catalog_.content("b").size(), 2U);
}

TEST_F(CatalogTest, ABranchNamesItsParent) {
  catalog_.write("a", kOne);
  const auto done = catalog_.write("b", R"({"branch_from_namespace":{"source_namespace":"a"}})");
  EXPECT_EQ(done.message, "namespace branch successful");
  EXPECT_EQ(done.rows_affected_override, 0U);
  EXPECT_EQ(catalog_->metadata("b")->settings.parent, "a");
  EXPECT_FALSE(catalog_->metadata("a")->settings.parent);
  catalog_.reopen();
  EXPECT_EQ(catalog_->metadata("b")->settings.parent, "a");
}

TEST_F(CatalogTest, CopiesAreRefusedInTheStoresWords) {
  catalog_.write("a", kOne);
  catalog_.write("b", kOne);
  EXPECT_EQ(catalog_.refusal("b", R"({"copy_from_namespace":"a"})"),
            "💔 Destination namespace `b` already exists");
  EXPECT_EQ(catalog_.refusal("a", R"({"copy_from_namespace":"a"})"),
            "💔 Source and destination namespace can't be the same");
  EXPECT_EQ(catalog_.refusal("c", R"({"copy_from_namespace":"none"})"),
            "🤷 namespace 'none' was not found");
  EXPECT_FALSE(catalog_.exists("c"));
}

TEST_F(CatalogTest, ACopyThatFailsLeavesNothing) {
  MemoryFileSystem memory;
  for (std::uint64_t nth = 1;; ++nth) {
    SCOPED_TRACE("failing change " + std::to_string(nth));
    MemoryFileSystem inner;
    storage::FaultFileSystem files(inner);
    TestCatalog catalog(files);
    catalog.write("a", kOne);
    ASSERT_TRUE(catalog->settle("a").has_value());
    catalog.write("a", R"({"upsert_rows":[{"id":2,"n":2}]})");
    files.inject({.nth = nth});
    const bool done = catalog.try_write("b", R"({"copy_from_namespace":"a"})").has_value();
    const bool failed = files.failures() > 0;
    files.clear();
    EXPECT_EQ(catalog.exists("b"), done);
    EXPECT_EQ(catalog.content("a").size(), 2U);
    catalog.reopen();
    EXPECT_EQ(catalog.exists("b"), done);
    if (!failed) {
      EXPECT_TRUE(done);
      break;
    }
  }
}

TEST(Catalog, IdleNamespacesAreClosedAndComeBack) {
  MemoryFileSystem files;
  TestCatalog catalog(files, {.directory = "/e", .open_namespaces_max = 16, .sync = false});
  for (int i = 0; i < 1000; ++i) {
    catalog.write("n" + std::to_string(i),
                  fmt::format(R"({{"upsert_rows":[{{"id":1,"n":{}}}]}})", i));
  }
  EXPECT_EQ(catalog->list("", "", 2000).names.size(), 1000U);
  for (int i = 0; i < 1000; i += 7) {
    EXPECT_EQ(catalog.content("n" + std::to_string(i)), (Content{{"1", "n=" + std::to_string(i)}}));
  }
}

TEST_F(CatalogTest, WritersOfOneNameShareCommitsAndSeeEachOther) {
  constexpr int kThreads = 8;
  constexpr int kWrites = 40;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kWrites; ++i) {
        catalog_.write("a", fmt::format(R"({{"upsert_rows":[{{"id":{},"n":{}}}]}})", t, i));
        const Content seen = catalog_.content("a");
        EXPECT_EQ(seen.at(std::to_string(t)), fmt::format("n={}", i)) << "own write is visible";
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(catalog_.content("a").size(), static_cast<std::size_t>(kThreads));
}

TEST_F(CatalogTest, ConditionalIncrementsFromManyThreadsAreNotLost) {
  catalog_.write("a", R"({"upsert_rows":[{"id":1,"n":0}]})");
  std::atomic<int> applied = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 1; i <= 60; ++i) {
        const auto done = catalog_.write(
            "a",
            fmt::format(R"({{"patch_rows":[{{"id":1,"n":{}}}],"patch_condition":["n","Eq",{}]}})",
                        i, i - 1));
        applied += static_cast<int>(*done.rows_patched);
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(catalog_.content("a"), (Content{{"1", fmt::format("n={}", applied.load())}}));
}

TEST_F(CatalogTest, RemovalAndRecreationRaceWithWritersAndReaders) {
  std::atomic<bool> stop = false;
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 150; ++i) {
        catalog_.write("a", fmt::format(R"({{"upsert_rows":[{{"id":{},"n":{}}}]}})", t, i));
      }
      stop = true;
    });
  }
  threads.emplace_back([&] {
    while (!stop) {
      const auto removed = catalog_->remove("a");
      EXPECT_TRUE(removed || removed.error().code == ErrorCode::kNotFound)
          << removed.error().message;
      std::this_thread::yield();
    }
  });
  threads.emplace_back([&] {
    while (!stop) {
      if (const auto snapshot = catalog_->snapshot("a")) {
        (void)testing::content(**snapshot);
      }
      (void)catalog_->settle("a");
    }
  });
  for (std::thread& thread : threads) {
    thread.join();
  }
  catalog_.write("a", R"({"upsert_rows":[{"id":99,"n":1}]})");
  const Content before = catalog_.content("a");
  catalog_.reopen();
  EXPECT_EQ(catalog_.content("a"), before);
}

}  // namespace
}  // namespace layer::engine::ns
