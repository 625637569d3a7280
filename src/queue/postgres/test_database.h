// A queue database of its own for a test, on the server the test was given. For tests only.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "async/loops.h"
#include "async/run.h"
#include "core/random.h"
#include "queue/postgres/database.h"

namespace layer::queue::postgres {

inline constexpr const char* kNoTestServer =
    "no PostgreSQL server was given in LAYER_TEST_POSTGRES (tests/unit starts one)";

inline std::optional<std::string> test_server() {
  const char* url = std::getenv("LAYER_TEST_POSTGRES");
  return url == nullptr || *url == '\0' ? std::nullopt : std::optional<std::string>(url);
}

class TestDatabase {
 public:
  explicit TestDatabase(std::string schema = "test_" + core::random_uuid(),
                        DatabaseOptions options = {})
      : schema_(std::move(schema)) {
    const std::string server = *test_server();
    // Sessions carry the name of their schema: other tests use the same server at the same time.
    options.connection.url =
        server + (server.contains('?') ? "&" : "?") + "application_name=" + schema_;
    options.connection.schema = schema_;
    database_.emplace(loops_.at(0), std::move(options));
    const auto opened = database_->open();
    EXPECT_TRUE(opened) << opened.error().message;
  }
  ~TestDatabase() {
    drop();
    database_->stop();
    database_.reset();
    loops_.stop();
  }
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  Database& database() { return *database_; }
  const std::string& schema() const { return schema_; }

  // One statement, as somebody else might make it.
  Result<Answer> run(std::string sql) {
    return async::run_blocking(loops_.at(0), [this, sql] {
      return database_->run(PoolKind::kControl, [sql](Connection& connection) {
        return connection.run(Statement{.sql = sql, .prepare = false});
      });
    });
  }

 private:
  void drop() { static_cast<void>(run("DROP SCHEMA IF EXISTS \"" + schema_ + "\" CASCADE")); }

  std::string schema_;
  async::Loops loops_{1, "postgres"};
  std::optional<Database> database_;
};

}  // namespace layer::queue::postgres
