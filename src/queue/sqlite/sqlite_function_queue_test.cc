// What only the SQLite file promises of work queues; the rest is in function_queue_test.cc.
#include "queue/sqlite/sqlite_function_queue.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "async/loops.h"
#include "async/run.h"
#include "core/random.h"
#include "queue/sqlite/sqlite_document_queue.h"
#include "queue/sqlite/sqlite_job_store.h"

namespace layer::queue {
namespace {

using namespace std::chrono_literals;

class SqliteWorkTest : public ::testing::Test {
 protected:
  SqliteWorkTest()
      : root(std::filesystem::temp_directory_path() / ("queue-" + core::random_uuid())) {
    std::filesystem::create_directories(root);
  }
  ~SqliteWorkTest() override { std::filesystem::remove_all(root); }

  template <class Make>
  auto run(Make make) {
    return async::run_blocking(loops.at(0), make);
  }
  auto open() { return std::move(*SqliteJobStore::open(root / "queue.db", clock)); }

  core::ManualClock clock;
  async::Loops loops{1};
  std::filesystem::path root;
};

TEST_F(SqliteWorkTest, queues_and_leases_survive_a_restart) {
  const ItemKey key{.ns = "docs", .id = "1"};
  std::uint64_t epoch = 0;
  {
    const auto file = open();
    SqliteFunctionQueue queue(file->writer(), clock);
    ASSERT_TRUE(run([&] { return queue.put({.id = "f"}); }));
    ASSERT_TRUE(run([&] { return queue.add("f", {key}, AddMode::kKeep); }));
    const auto claimed =
        run([&] { return queue.claim({.function = "f", .worker = "w", .lease_for = 60s}); });
    epoch = claimed->items.at(0).epoch;
  }
  const auto file = open();
  SqliteFunctionQueue queue(file->writer(), clock);
  EXPECT_EQ(run([&] { return queue.counts("f"); })->leased, 1U);
  EXPECT_EQ(run([&] { return queue.release("f", "w", {{.key = key, .epoch = epoch}}); })->at(0),
            std::nullopt);
  const auto again =
      run([&] { return queue.claim({.function = "f", .worker = "w", .lease_for = 60s}); });
  EXPECT_GT(again->items.at(0).epoch, epoch);
}

TEST_F(SqliteWorkTest, a_stopped_file_refuses_in_words) {
  const auto file = open();
  SqliteFunctionQueue functions(file->writer(), clock);
  SqliteDocumentQueue documents(file->writer(), clock);
  file->stop();
  EXPECT_EQ(run([&] { return functions.counts("f"); }).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(run([&] { return functions.complete("f", "w", {}); }).error().code,
            ErrorCode::kUnavailable);
  EXPECT_EQ(run([&] { return documents.counts("p"); }).error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace layer::queue
