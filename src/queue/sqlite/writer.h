// All work on the database: one thread, and one transaction for everything that waits when the
// thread is free, so that many callers share one write to the disk. Each piece of work succeeds or
// fails on its own.
//
// Thread safety: run() from any loop; stop() from a thread that is not the pool's.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "async/cpu_pool.h"
#include "queue/sqlite/database.h"

namespace layer::queue {

class Writer {
 public:
  static constexpr std::size_t kWaitingMax = 4096;

  explicit Writer(std::unique_ptr<Database> database);

  // The Result of `work(database)`, after it is on disk. `work` holds what it needs by value: it
  // may outlive a caller that is cancelled. Errors: its own; those of JobStore.
  template <class Work>
  auto run(Work work) -> async::Task<decltype(work(std::declval<Database&>()))> {
    using Answer = decltype(work(std::declval<Database&>()));
    auto piece = std::make_shared<Piece<Work, Answer>>(std::move(work));
    LAYER_CO_TRY(enqueue(piece));
    const auto ran = co_await pool_.run([this] { lead(); });
    if (!ran) {
      withdraw(*piece);
      co_return fail(ran.error().code == ErrorCode::kCancelled ? ErrorCode::kCancelled
                                                               : ErrorCode::kUnavailable,
                     ran.error().message);
    }
    co_return std::move(*piece->answer);
  }

  void stop() { pool_.stop(); }

 private:
  struct Waiting {
    virtual ~Waiting() = default;
    // Whether what it did counts.
    virtual bool work(Database& database) = 0;
    virtual void refuse(const Error& error) = 0;
  };
  template <class Work, class Answer>
  struct Piece final : Waiting {
    Work todo;
    std::optional<Answer> answer{};
    explicit Piece(Work work) : todo(std::move(work)) {}
    bool work(Database& database) override {
      answer.emplace(todo(database));
      return answer->has_value();
    }
    void refuse(const Error& error) override { answer.emplace(std::unexpected(error)); }
  };
  using Pieces = std::deque<std::shared_ptr<Waiting>>;

  Result<void> enqueue(std::shared_ptr<Waiting> piece);
  // Takes it back, unless somebody else's turn has it already.
  void withdraw(const Waiting& piece);
  // On the pool's thread: everything that waits, in one transaction.
  void lead();
  Result<void> run_all(const Pieces& pieces);

  std::unique_ptr<Database> database_;
  std::mutex mutex_;
  Pieces waiting_;
  async::CpuPool pool_;  // last: its thread uses the others
};

}  // namespace layer::queue
