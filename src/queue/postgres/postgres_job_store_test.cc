// What only PostgreSQL promises; the rest is in conformance_test.cc.
#include "queue/postgres/postgres_job_store.h"

#include <gtest/gtest.h>

#include <chrono>

#include "async/task_group.h"
#include "core/random.h"
#include "queue/postgres/test_database.h"

namespace layer::queue {
namespace {

using namespace std::chrono_literals;
using postgres::Answer;
using postgres::Connection;
using postgres::PoolKind;
using postgres::Statement;

class PostgresTest : public ::testing::Test {
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
  JobSpec spec() {
    return {.id = core::time_ordered_uuid(clock.wall_ms()),
            .kind = "warm",
            .ns = "docs",
            .store = "default",
            .owner = "ann"};
  }
  // Ends the sessions that use this test's schema, as a server that restarts does.
  void end_sessions() {
    static_cast<void>(test->run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
        "AND application_name = '" +
        test->schema() + "'"));
  }

  core::SystemClock clock;
  async::Loops loops{1};
  std::optional<postgres::TestDatabase> test;
};

TEST_F(PostgresTest, leases_follow_the_clock_of_the_database) {
  PostgresJobStore store(test->database());
  ASSERT_TRUE(run([&] { return store.submit(spec(), 10); }));
  const auto claimed = run([&] {
    return store.claim({.gateway = "g1", .kinds = {"warm"}, .lease_for = 30s, .keep_for = 1h});
  });
  ASSERT_TRUE(claimed) << claimed.error().message;
  ASSERT_EQ(claimed->size(), 1U);
  const auto told = test->run(
      "SELECT lease_until - updated_at, abs(updated_at - "
      "extract(epoch FROM clock_timestamp()) * 1000) < 600000 FROM jobs");
  ASSERT_TRUE(told) << told.error().message;
  EXPECT_EQ(told->row(0).integer(0), 30'000);
  EXPECT_EQ(told->row(0).text(1), "t");
}

TEST_F(PostgresTest, stores_that_share_a_schema_share_jobs_and_the_instance) {
  postgres::TestDatabase other(test->schema());
  PostgresJobStore here(test->database());
  PostgresJobStore there(other.database());
  EXPECT_TRUE(core::is_uuid(test->database().instance()));
  EXPECT_EQ(test->database().instance(), other.database().instance());
  const JobSpec asked = spec();
  ASSERT_TRUE(run([&] { return here.submit(asked, 10); }));
  EXPECT_TRUE(*run([&] { return there.find(asked.id); }));
}

TEST_F(PostgresTest, any_bytes_are_a_cursor_and_any_message_an_error) {
  PostgresJobStore store(test->database());
  const JobSpec asked = spec();
  ASSERT_TRUE(run([&] { return store.submit(asked, 10); }));
  ASSERT_TRUE(run([&] {
    return store.claim({.gateway = "g1", .kinds = {"warm"}, .lease_for = 30s, .keep_for = 1h});
  }));
  const std::string cursor("a\0\xff\\x\"", 6);
  ASSERT_TRUE(
      *run([&] { return store.keep({.id = asked.id, .epoch = 1}, {.cursor = cursor}, 30s); }));
  EXPECT_EQ((*run([&] { return store.find(asked.id); }))->progress.cursor, cursor);
  ASSERT_TRUE(*run([&] {
    return store.finish({.id = asked.id, .epoch = 1}, {},
                        {.status = JobStatus::kFailed, .error = "broken \xff"}, 1h);
  }));
  EXPECT_EQ((*run([&] { return store.find(asked.id); }))->error, "broken ?");
}

TEST_F(PostgresTest, tables_of_a_newer_program_are_refused_and_left_alone) {
  ASSERT_TRUE(test->run("UPDATE meta SET value = '99' WHERE key = 'schema_version'"));
  postgres::DatabaseOptions options;
  options.connection.url = *postgres::test_server();
  options.connection.schema = test->schema();
  postgres::Database older(loops.at(0), options);
  const auto refused = older.open();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(refused.error().message.find("99"), std::string::npos);
  older.stop();
}

TEST_F(PostgresTest, a_connection_that_was_ended_is_replaced) {
  PostgresJobStore store(test->database());
  ASSERT_TRUE(run([&] { return store.counts(); }));
  end_sessions();
  // One operation may meet the end of its connection; it says so and the next goes on.
  static_cast<void>(run([&] { return store.counts(); }));
  static_cast<void>(run([&] { return store.find("none"); }));
  const auto again = run([&] { return store.counts(); });
  EXPECT_TRUE(again) << again.error().message;
}

TEST_F(PostgresTest, a_statement_that_fails_leaves_the_connection_to_others) {
  const auto failed = test->run("SELECT 1 / 0");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(test->run("SELECT 7")->row(0).integer(0), 7);
}

TEST_F(PostgresTest, what_a_failed_call_did_is_undone) {
  const auto failed = run([&] {
    return test->database().run(
        PoolKind::kData, [](Connection& connection) -> async::Task<Result<Answer>> {
          std::vector<Statement> both;
          both.push_back({.sql = "INSERT INTO meta (key, value) VALUES ('half', 'done')"});
          both.push_back({.sql = "SELECT 1 / 0"});
          LAYER_CO_TRY(co_await connection.run(std::move(both)));
          co_return Answer();
        });
  });
  EXPECT_FALSE(failed);
  EXPECT_EQ(test->run("SELECT 1 FROM meta WHERE key = 'half'")->rows(), 0);
}

TEST_F(PostgresTest, an_operation_ends_at_its_deadline_whatever_the_server_does) {
  postgres::DatabaseOptions options;
  options.operation_max = 200ms;
  postgres::TestDatabase hasty("test_" + core::random_uuid(), options);
  const auto late = hasty.run("SELECT pg_sleep(600)");
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::kUnavailable);
}

TEST_F(PostgresTest, more_operations_than_connections_wait_their_turn) {
  postgres::DatabaseOptions options;
  options.data_max = 2;
  postgres::TestDatabase narrow("test_" + core::random_uuid(), options);
  PostgresJobStore store(narrow.database());
  std::vector<std::future<Result<Submitted>>> all;
  for (int i = 0; i < 50; ++i) {
    all.push_back(async::asio::co_spawn(loops.at(0).get_executor(), store.submit(spec(), 1000),
                                        async::asio::use_future));
  }
  for (auto& each : all) {
    EXPECT_TRUE(each.get());
  }
  EXPECT_EQ(narrow.run("SELECT count(*) FROM jobs")->row(0).integer(0), 50);
}

TEST(PostgresUnreachable, is_told_at_once_and_not_a_reason_to_wait) {
  async::Loops loops{1};
  postgres::DatabaseOptions options;
  options.connection.url = "postgres://127.0.0.1:1/none";
  postgres::Database database(loops.at(0), options);
  EXPECT_EQ(database.open().error().code, ErrorCode::kUnavailable);
  PostgresJobStore store(database);
  const auto refused = async::run_blocking(loops.at(0), [&] { return store.counts(); });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  database.stop();
  EXPECT_FALSE(async::run_blocking(loops.at(0), [&] { return store.counts(); }));
}

}  // namespace
}  // namespace layer::queue
