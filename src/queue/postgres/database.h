// A PostgreSQL server as the place of the queue database: two pools of connections (data, and a
// small one for leases and heartbeats, which must not queue behind data), the tables brought up to
// date on the first connection, every operation with a deadline.
//
// A server that cannot be reached is no reason not to start: operations fail until it is back.
// Thread safety: run() from any loop; open() and stop() from a thread that is not a loop's. Errors
// of all calls: those of failure.h; kUnavailable; kCancelled.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include <boost/asio/co_spawn.hpp>

#include "async/deadline.h"
#include "core/metrics.h"
#include "queue/postgres/pool.h"

namespace layer::queue::postgres {

struct DatabaseOptions {
  ConnectionSettings connection{};
  std::size_t data_max = 8;
  std::size_t control_max = 2;
  // Of one operation, waiting for a connection included.
  std::chrono::milliseconds operation_max = std::chrono::seconds(15);
  // Asked once with the instance, before the first operation; an error refuses to use it.
  std::function<async::Task<Result<void>>(std::string instance)> admit{};
};

enum class PoolKind : std::uint8_t { kData, kControl };

class Database {
 public:
  // The loop runs until stop() has returned; what the arguments refer to outlives the database.
  Database(async::Loop& loop, DatabaseOptions options, core::Metrics* metrics = nullptr);
  // Precondition: stopped.
  ~Database() = default;

  // Connects once and brings the tables up to date. kUnavailable: not now, operations will try
  // again; kInvalidArgument: never (the server is too old, the tables are of a newer program); or
  // what DatabaseOptions::admit said.
  Result<void> open();
  // What is under way fails. Idempotent.
  void stop();

  // `work(connection)` is a task with a Result; it runs on the database's loop and holds what it
  // needs by value.
  template <class Work>
  auto run(PoolKind kind, Work work) -> decltype(work(std::declval<Connection&>())) {
    using Outcome = decltype(work(std::declval<Connection&>()))::value_type;
    auto [thrown, outcome] = co_await async::asio::co_spawn(
        loop_.get_executor(),
        [this, kind, work = std::move(work)]() mutable -> async::Task<Outcome> {
          const Use use(*this);
          const auto deadline = async::SteadyClock::now() + options_.operation_max;
          co_return co_await bounded<typename Outcome::value_type>(
              deadline, on_connection<Outcome>(kind, deadline, work));
        },
        async::kToken);
    if (thrown) {
      co_return fail(ErrorCode::kCancelled, "cancelled");
    }
    co_return std::move(outcome);
  }

  // Which database this is, made once; empty until a connection succeeded.
  std::string instance() const;
  async::Loop& loop() { return loop_; }
  const DatabaseOptions& options() const { return options_; }

 private:
  // Counts what stop() waits for.
  struct Use {
    explicit Use(Database& in) : database(in) { ++database.uses_; }
    ~Use() {
      if (--database.uses_ == 0) {
        database.idle_.cancel();
      }
      database.measure();
    }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    Database& database;
  };

  template <class T>
  async::Task<Result<T>> bounded(async::TimePoint deadline, async::Task<Result<T>> task) {
    auto outcome = co_await async::with_deadline(deadline, std::move(task));
    if (!outcome && outcome.error().code == ErrorCode::kTimeout) {
      co_return fail(ErrorCode::kUnavailable, "the queue database did not answer in time");
    }
    co_return outcome;
  }
  template <class Outcome, class Work>
  async::Task<Outcome> on_connection(PoolKind kind, async::TimePoint deadline, Work& work) {
    LAYER_CO_ASSIGN(const Pool::Lease lease, co_await pool(kind).acquire(deadline));
    measure();
    LAYER_CO_TRY(co_await prepare(*lease));
    co_return co_await work(*lease);
  }
  async::Task<Result<void>> prepare(Connection& connection);
  async::Task<Result<void>> make_ready(Connection& connection);
  Pool& pool(PoolKind kind) { return kind == PoolKind::kData ? data_ : control_; }
  void measure();

  // Read by whoever prints metrics, even when the database is gone.
  struct Gauges {
    std::atomic<std::size_t> idle{0};
    std::atomic<std::size_t> used{0};
    std::atomic<std::size_t> waiting{0};
  };
  void declare(core::Metrics& metrics);

  async::Loop& loop_;
  const DatabaseOptions options_;
  const std::shared_ptr<Gauges> gauges_ = std::make_shared<Gauges>();

  // Of the loop.
  Pool data_;
  Pool control_;
  bool migrated_ = false;
  std::size_t uses_ = 0;
  async::Timer idle_;

  mutable std::mutex mutex_;
  std::string instance_;
};

}  // namespace layer::queue::postgres
