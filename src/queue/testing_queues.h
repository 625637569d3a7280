// A world for a test of work queues: one database of each kind, with the queues in it. For tests
// only.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "async/loops.h"
#include "async/run.h"
#include "core/random.h"
#include "queue/postgres/postgres_document_queue.h"
#include "queue/postgres/postgres_function_queue.h"
#include "queue/postgres/test_database.h"
#include "queue/sqlite/sqlite_document_queue.h"
#include "queue/sqlite/sqlite_function_queue.h"
#include "queue/sqlite/sqlite_job_store.h"

namespace layer::queue {

class QueueWorld {
 public:
  virtual ~QueueWorld() = default;
  virtual FunctionQueue& functions() = 0;
  virtual DocumentQueue& documents() = 0;
};

class SqliteQueues final : public QueueWorld {
 public:
  explicit SqliteQueues(const core::Clock& clock)
      : root_(std::filesystem::temp_directory_path() / ("queue-" + core::random_uuid())) {
    std::filesystem::create_directories(root_);
    store_ = std::move(*SqliteJobStore::open(root_ / "queue.db", clock));
    functions_ = std::make_unique<SqliteFunctionQueue>(store_->writer(), clock);
    documents_ = std::make_unique<SqliteDocumentQueue>(store_->writer(), clock);
  }
  ~SqliteQueues() override {
    store_.reset();
    std::filesystem::remove_all(root_);
  }
  FunctionQueue& functions() override { return *functions_; }
  DocumentQueue& documents() override { return *documents_; }

 private:
  std::filesystem::path root_;
  std::unique_ptr<SqliteJobStore> store_;
  std::unique_ptr<SqliteFunctionQueue> functions_;
  std::unique_ptr<SqliteDocumentQueue> documents_;
};

class PostgresQueues final : public QueueWorld {
 public:
  explicit PostgresQueues(const core::Clock& clock)
      : functions_(test_.database(), &clock), documents_(test_.database(), &clock) {}
  FunctionQueue& functions() override { return functions_; }
  DocumentQueue& documents() override { return documents_; }

 private:
  postgres::TestDatabase test_;
  PostgresFunctionQueue functions_;
  PostgresDocumentQueue documents_;
};

struct QueueKind {
  std::string name;
  std::unique_ptr<QueueWorld> (*make)(const core::Clock& clock);
};

template <class T>
std::unique_ptr<QueueWorld> make_queues(const core::Clock& clock) {
  return std::make_unique<T>(clock);
}

inline std::vector<QueueKind> queue_kinds() {
  std::vector<QueueKind> all{{"sqlite", make_queues<SqliteQueues>}};
  if (postgres::test_server()) {
    all.push_back({"postgres", make_queues<PostgresQueues>});
  }
  return all;
}

inline std::string queue_name(const ::testing::TestParamInfo<QueueKind>& info) {
  return info.param.name;
}

class QueueTest : public ::testing::TestWithParam<QueueKind> {
 protected:
  template <class Make>
  auto run(Make make) {
    return async::run_blocking(loops.at(0), make);
  }

  core::ManualClock clock;
  // Callers' loops outlive the world: its own thread lets go of them after it answered.
  async::Loops loops{1};
  std::optional<async::Loops> workers{};
  std::unique_ptr<QueueWorld> world = GetParam().make(clock);
};

}  // namespace layer::queue
