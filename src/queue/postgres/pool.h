// Connections that are kept. Callers wait their turn for one; a connection that is lost or was left
// in the middle of something is dropped and made anew by the next caller. While the server cannot
// be reached callers are told at once, except one at a time that tries again, less and less often.
// Thread safety: one loop.
#pragma once

#include <list>
#include <memory>
#include <vector>

#include "async/task_group.h"
#include "queue/postgres/connection.h"

namespace layer::queue::postgres {

class Pool {
 public:
  static constexpr std::size_t kWaitingMax = 4096;  // callers; beyond it they are refused
  static constexpr std::chrono::milliseconds kRetryFirst{100};
  static constexpr std::chrono::milliseconds kRetryMax{5000};

  Pool(async::Loop& loop, ConnectionSettings settings, std::size_t connections_max)
      : loop_(loop), settings_(std::move(settings)), max_(connections_max) {}
  // Precondition: no lease is out.
  ~Pool() = default;
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // A connection for a while; it goes back, or is dropped, with the lease.
  class Lease {
   public:
    Lease(Pool& pool, std::unique_ptr<Connection> connection)
        : pool_(&pool), connection_(std::move(connection)) {}
    ~Lease() {
      if (pool_ != nullptr) {
        pool_->give_back(std::move(connection_));
      }
    }
    Lease(Lease&& other) noexcept
        : pool_(std::exchange(other.pool_, nullptr)), connection_(std::move(other.connection_)) {}
    Lease& operator=(Lease&& other) = delete;

    Connection& operator*() const { return *connection_; }

   private:
    friend class Pool;
    Pool* pool_;
    std::unique_ptr<Connection> connection_;  // null: a place for one that is to be made
  };

  // Errors: those of Connection::open; kUnavailable (all are busy until `deadline`, too many wait).
  async::Task<Result<Lease>> acquire(async::TimePoint deadline);
  // Whoever waits or uses a connection fails; nobody gets one any more.
  void stop();

  struct Counts {
    std::size_t idle = 0;
    std::size_t used = 0;
    std::size_t waiting = 0;
  };
  Counts counts() const {
    return {.idle = idle_.size(), .used = open_ - idle_.size(), .waiting = waiting_.size()};
  }

 private:
  struct Waiter {
    explicit Waiter(async::Loop& loop) : turn(loop.get_executor()) {}
    async::Timer turn;
    std::optional<Lease> granted{};
  };
  async::Task<Result<Lease>> wait(async::TimePoint deadline);
  async::Task<Result<Lease>> opened(Lease place);
  void give_back(std::unique_ptr<Connection> connection);

  async::Loop& loop_;
  ConnectionSettings settings_;
  std::size_t max_;
  std::size_t open_ = 0;  // places that are taken, by idle connections too
  std::vector<std::unique_ptr<Connection>> idle_;
  std::vector<Connection*> used_;
  std::list<Waiter> waiting_;
  bool stopping_ = false;

  std::chrono::milliseconds retry_after_{0};
  async::TimePoint retry_at_{};
  Error failure_{};
};

}  // namespace layer::queue::postgres
