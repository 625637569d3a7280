#include "queue/postgres/listener.h"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "queue/postgres/postgres_coordination.h"
#include "queue/postgres/postgres_job_store.h"
#include "queue/postgres/test_database.h"
#include "queue/postgres/work_channel.h"

namespace layer::queue::postgres {
namespace {

constexpr std::chrono::seconds kHang{60};

class Heard {
 public:
  void hear() {
    const std::lock_guard lock(mutex_);
    ++times_;
    changed_.notify_all();
  }
  int times() {
    const std::lock_guard lock(mutex_);
    return times_;
  }
  bool more_than(int times) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kHang, [&] { return times_ > times; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int times_ = 0;
};

TEST(PostgresListener, hears_what_is_announced_without_looking) {
  if (!test_server()) {
    GTEST_SKIP() << kNoTestServer;
  }
  async::Loops loops{1};  // outlives the database, whose thread lets go of it after it answered
  TestDatabase test;
  PostgresCoordination shared(test.database());
  Heard heard;
  Listener listener(loops.at(0), test.database().options().connection,
                    changes_channel(test.schema()), [&] { heard.hear(); });
  listener.start();
  ASSERT_TRUE(heard.more_than(0)) << "it listens";
  for (int i = 0; i < 3; ++i) {
    const int before = heard.times();
    ASSERT_TRUE(
        async::run_blocking(loops.at(0), [&] { return shared.announce("namespace", "a"); }));
    EXPECT_TRUE(heard.more_than(before));
  }
  listener.stop();
  listener.stop();
}

TEST(PostgresListener, hears_of_jobs_that_come_to_wait) {
  if (!test_server()) {
    GTEST_SKIP() << kNoTestServer;
  }
  async::Loops loops{1};
  TestDatabase test;
  PostgresJobStore store(test.database());
  const auto run = [&](auto make) { return async::run_blocking(loops.at(0), make); };
  const auto submit = [&](const char* id) {
    return run([&] {
      return store.submit(
          {.id = id, .kind = "warm", .ns = "docs", .store = "default", .owner = "ann"}, 1);
    });
  };
  Heard heard;
  Listener listener(loops.at(0), test.database().options().connection, jobs_channel(test.schema()),
                    [&] { heard.hear(); });
  listener.start();
  ASSERT_TRUE(heard.more_than(0)) << "it listens";
  ASSERT_TRUE(submit("one"));
  ASSERT_TRUE(heard.more_than(1)) << "a submission is told of";
  const auto claimed = run([&] {
    return store.claim({.gateway = "g1", .kinds = {"warm"}, .lease_for = kHang, .keep_for = kHang});
  });
  ASSERT_TRUE(claimed) << claimed.error().message;
  ASSERT_EQ(claimed->size(), 1U);
  ASSERT_TRUE(*run([&] { return store.release({.id = "one", .epoch = 1}, {}); }));
  ASSERT_TRUE(heard.more_than(2)) << "and a job that is given back";
  EXPECT_FALSE(submit("two")) << "one waits already";
  EXPECT_EQ(heard.times(), 3) << "what was refused is no news";
  listener.stop();
}

TEST(PostgresListener, stops_while_there_is_no_server) {
  async::Loops loops{1};
  Listener listener(loops.at(0), {.url = "postgres://127.0.0.1:1/none"}, "none", [] {});
  listener.start();
  listener.stop();
}

}  // namespace
}  // namespace layer::queue::postgres
