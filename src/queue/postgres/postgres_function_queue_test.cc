// What only PostgreSQL promises of work queues; the rest is in function_queue_test.cc.
#include "queue/postgres/postgres_function_queue.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>

#include "core/random.h"
#include "queue/postgres/listener.h"
#include "queue/postgres/postgres_document_queue.h"
#include "queue/postgres/test_database.h"
#include "queue/postgres/work_channel.h"

namespace layer::queue {
namespace {

using namespace std::chrono_literals;

class PostgresWorkTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!postgres::test_server()) {
      GTEST_SKIP() << postgres::kNoTestServer;
    }
    test.emplace();
  }
  template <class Make>
  auto run(Make make) {
    return async::run_blocking(loops.at(0), make);
  }
  std::int64_t number(const std::string& sql) {
    const auto told = test->run(sql);
    EXPECT_TRUE(told) << told.error().message;
    return told->row(0).integer(0);
  }

  async::Loops loops{1};
  std::optional<postgres::TestDatabase> test;
};

TEST_F(PostgresWorkTest, leases_follow_the_clock_of_the_database) {
  PostgresFunctionQueue queue(test->database());
  ASSERT_TRUE(run([&] { return queue.put({.id = "f"}); }));
  ASSERT_TRUE(run([&] { return queue.add("f", {{.ns = "docs", .id = "1"}}, AddMode::kKeep); }));
  const auto claimed =
      run([&] { return queue.claim({.function = "f", .worker = "w", .lease_for = 600s}); });
  ASSERT_TRUE(claimed) << claimed.error().message;
  ASSERT_EQ(claimed->items.size(), 1U);
  EXPECT_EQ(number("SELECT count(*) FROM function_items WHERE "
                   "abs(due_at - 600000 - extract(epoch FROM clock_timestamp()) * 1000) < 300000"),
            1);
}

TEST_F(PostgresWorkTest, gateways_that_share_a_schema_share_the_queue) {
  postgres::TestDatabase other(test->schema());
  PostgresFunctionQueue here(test->database());
  PostgresFunctionQueue there(other.database());
  ASSERT_TRUE(run([&] { return here.put({.id = "f"}); }));
  ASSERT_TRUE(run([&] { return here.add("f", {{.ns = "docs", .id = "1"}}, AddMode::kKeep); }));
  const auto claimed =
      run([&] { return there.claim({.function = "f", .worker = "w", .lease_for = 600s}); });
  ASSERT_EQ(claimed->items.size(), 1U);
  EXPECT_TRUE(run([&] {
                return here.claim({.function = "f", .worker = "w", .lease_for = 600s});
              })->items.empty());
  const ItemLease lease{.key = claimed->items[0].key, .epoch = claimed->items[0].epoch};
  EXPECT_EQ(run([&] { return here.complete("f", "w", {lease}); })->at(0), std::nullopt);
}

TEST_F(PostgresWorkTest, a_scaler_reads_the_depth_of_queues) {
  PostgresFunctionQueue functions(test->database());
  PostgresDocumentQueue documents(test->database());
  ASSERT_TRUE(run([&] { return functions.put({.id = "f"}); }));
  ASSERT_TRUE(run([&] { return documents.create({.id = "p"}); }));
  ASSERT_TRUE(run([&] {
    return functions.add("f", {{.ns = "docs", .id = "1"}, {.ns = "docs", .id = "2"}},
                         AddMode::kKeep);
  }));
  ASSERT_TRUE(run([&] { return documents.stage({.pipeline = "p", .id = "d"}); }));
  ASSERT_TRUE(run([&] {
    return functions.claim({.function = "f", .worker = "w", .limit = 1, .lease_for = 600s});
  }));
  EXPECT_EQ(number("SELECT depth FROM function_queue_depth WHERE function = 'f'"), 2);
  EXPECT_EQ(number("SELECT depth FROM pipeline_queue_depth WHERE pipeline = 'p'"), 1);
}

TEST_F(PostgresWorkTest, a_queue_that_was_empty_tells_that_it_has_work) {
  PostgresFunctionQueue queue(test->database());
  ASSERT_TRUE(run([&] { return queue.put({.id = "f"}); }));
  std::promise<void> listening;
  std::promise<void> told;
  int heard = 0;
  postgres::ConnectionSettings settings{.url = *postgres::test_server(), .schema = test->schema()};
  postgres::Listener listener(loops.at(0), settings, postgres::work_channel(test->schema()), [&] {
    if (++heard == 1) {
      listening.set_value();
    } else if (heard == 2) {
      told.set_value();
    }
  });
  listener.start();
  listening.get_future().wait();
  ASSERT_TRUE(run([&] { return queue.add("f", {{.ns = "docs", .id = "1"}}, AddMode::kKeep); }));
  told.get_future().wait();
  listener.stop();
}

TEST(PostgresWorkUnreachable, is_a_typed_error_of_every_operation) {
  async::Loops loops{1};
  postgres::DatabaseOptions options;
  options.connection.url = "postgres://127.0.0.1:1/none";
  postgres::Database database(loops.at(0), options);
  PostgresFunctionQueue functions(database);
  PostgresDocumentQueue documents(database);
  const auto unavailable = [&](auto make) {
    const auto answer = async::run_blocking(loops.at(0), make);
    return !answer && answer.error().code == ErrorCode::kUnavailable;
  };
  EXPECT_TRUE(unavailable([&] { return functions.claim({.function = "f", .worker = "w"}); }));
  EXPECT_TRUE(unavailable([&] { return functions.complete("f", "w", {{}}); }));
  EXPECT_TRUE(unavailable([&] { return functions.add("f", {{}}, AddMode::kKeep); }));
  EXPECT_TRUE(unavailable([&] { return functions.reap(1); }));
  EXPECT_TRUE(unavailable([&] { return documents.claim({.pipeline = "p", .worker = "w"}); }));
  EXPECT_TRUE(unavailable([&] { return documents.stage({.pipeline = "p", .id = "d"}); }));
  EXPECT_TRUE(unavailable([&] { return documents.counts("p"); }));
  database.stop();
}

}  // namespace
}  // namespace layer::queue
