#include "queue/postgres/listener.h"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "queue/postgres/postgres_coordination.h"
#include "queue/postgres/test_database.h"

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

TEST(PostgresListener, stops_while_there_is_no_server) {
  async::Loops loops{1};
  Listener listener(loops.at(0), {.url = "postgres://127.0.0.1:1/none"}, "none", [] {});
  listener.start();
  listener.stop();
}

}  // namespace
}  // namespace layer::queue::postgres
