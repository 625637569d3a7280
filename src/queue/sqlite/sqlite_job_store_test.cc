#include "queue/sqlite/sqlite_job_store.h"

#include <gtest/gtest.h>

#include <fstream>

#include "async/loops.h"
#include "async/run.h"
#include "core/random.h"

namespace layer::queue {
namespace {

using namespace std::chrono_literals;

class SqliteJobStoreTest : public ::testing::Test {
 protected:
  SqliteJobStoreTest()
      : root(std::filesystem::temp_directory_path() / ("queue-" + core::random_uuid())),
        file(root / "queue.db") {
    std::filesystem::create_directories(root);
  }
  ~SqliteJobStoreTest() override { std::filesystem::remove_all(root); }

  template <class Make>
  auto run(Make make) {
    return async::run_blocking(loops.at(0), make);
  }
  auto open() { return SqliteJobStore::open(file, clock); }
  JobSpec spec() {
    return {.id = core::time_ordered_uuid(clock.wall_ms()),
            .kind = "warm",
            .ns = "docs",
            .store = "default",
            .owner = "ann"};
  }

  core::ManualClock clock;
  async::Loops loops{1};
  std::filesystem::path root;
  std::filesystem::path file;
};

TEST_F(SqliteJobStoreTest, jobs_and_the_instance_survive_a_restart) {
  const JobSpec asked = spec();
  std::string instance;
  {
    const auto store = *open();
    instance = store->instance();
    EXPECT_TRUE(core::is_uuid(instance));
    ASSERT_TRUE(run([&] { return store->submit(asked, 10); }));
    ASSERT_TRUE(run([&] {
      return store->claim({.gateway = "g1", .kinds = {"warm"}, .lease_for = 30s, .keep_for = 1h});
    }));
    ASSERT_TRUE(
        *run([&] { return store->keep({.id = asked.id, .epoch = 1}, {.cursor = "k3"}, 30s); }));
  }
  const auto store = *open();
  EXPECT_EQ(store->instance(), instance);
  const auto job = *run([&] { return store->find(asked.id); });
  ASSERT_TRUE(job);
  EXPECT_EQ(job->status, JobStatus::kRunning);
  EXPECT_EQ(job->progress.cursor, "k3");
  EXPECT_EQ(job->lease.epoch, 1U);
}

TEST_F(SqliteJobStoreTest, a_file_that_is_no_database_is_an_error_that_says_what_to_do) {
  std::ofstream(file) << std::string(8192, 'x');
  const auto store = open();
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, ErrorCode::kCorrupt);
  EXPECT_NE(store.error().message.find(file.string()), std::string::npos);
  EXPECT_NE(store.error().message.find("move it"), std::string::npos);
}

TEST_F(SqliteJobStoreTest, a_damaged_page_is_found_at_the_start) {
  {
    const auto store = *open();
    for (int i = 0; i < 200; ++i) {
      ASSERT_TRUE(run([&] { return store->submit(spec(), 1000); }));
    }
  }
  {
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    const auto size = static_cast<std::streamoff>(std::filesystem::file_size(file));
    const std::string garbage(static_cast<std::size_t>(size) - 8192, '\xA5');
    bytes.seekp(8192);
    bytes << garbage;
  }
  const auto store = open();
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, ErrorCode::kCorrupt);
}

TEST_F(SqliteJobStoreTest, a_file_of_a_newer_version_is_left_alone) {
  {
    ASSERT_TRUE(open());
  }
  {
    const auto database = *Database::open(file, 1000);
    ASSERT_TRUE(database->script("PRAGMA user_version = 99"));
  }
  const auto store = open();
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(store.error().message.find("99"), std::string::npos);
}

TEST_F(SqliteJobStoreTest, a_directory_that_is_not_there_is_an_error) {
  file = root / "nowhere" / "queue.db";
  EXPECT_EQ(open().error().code, ErrorCode::kIo);
}

TEST_F(SqliteJobStoreTest, a_file_that_another_process_keeps_locked_is_unavailable) {
  const auto store = *open();
  const auto other = *Database::open(file, 0);
  ASSERT_TRUE(other->script("BEGIN IMMEDIATE"));
  const auto impatient = Database::open(file, 0);
  ASSERT_TRUE(impatient);
  EXPECT_EQ((*impatient)->script("BEGIN IMMEDIATE").error().code, ErrorCode::kUnavailable);
  ASSERT_TRUE(other->script("ROLLBACK"));
  EXPECT_TRUE(run([&] { return store->submit(spec(), 10); }));
}

TEST_F(SqliteJobStoreTest, a_stopped_store_refuses_in_words) {
  const auto store = *open();
  store->stop();
  const auto refused = run([&] { return store->submit(spec(), 10); });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
}

TEST_F(SqliteJobStoreTest, one_that_fails_does_not_undo_the_others_of_its_turn) {
  const auto store = *open();
  async::Loops others(4, "many");
  std::vector<std::future<Result<Submitted>>> asked;
  const JobSpec twice = spec();
  for (std::size_t i = 0; i < 64; ++i) {
    // Every fourth asks for an id that is taken.
    asked.push_back(async::asio::co_spawn(others.at(i % 4).get_executor(),
                                          store->submit(i % 4 == 0 ? twice : spec(), 1000),
                                          async::asio::use_future));
  }
  std::size_t kept = 0;
  for (auto& each : asked) {
    kept += each.get() ? 1 : 0;
  }
  EXPECT_EQ(kept, 48U + 1U);
  EXPECT_EQ(run([&] { return store->list({}, {}, 1000); })->size(), kept);
}

}  // namespace
}  // namespace layer::queue
