// A named, fixed set of threads behind a bounded queue: where work runs that blocks or takes more
// than a millisecond. Thread safety: all calls from any thread; stop() not from its own threads.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "async/task.h"

namespace layer::async {

class CpuPool {
 public:
  struct Options {
    std::string name = "cpu";
    std::size_t threads = 1;
    std::size_t queue_max = 1024;  // jobs that wait; beyond it run() is refused
  };
  explicit CpuPool(Options options);
  ~CpuPool();
  CpuPool(const CpuPool&) = delete;
  CpuPool& operator=(const CpuPool&) = delete;

  // Runs `work()` on the pool and resumes on the caller's loop. A caller that is cancelled while
  // its job still waits gives up at once; a job that has begun is awaited to its end, so `work` may
  // refer to the caller's frame. Exceptions of `work` are rethrown to the caller.
  // Errors: kTooManyRequests (queue full), kCancelled, kUnavailable (stopped).
  template <class F>
  Task<Result<std::invoke_result_t<F&>>> run(F work) {
    using T = std::invoke_result_t<F&>;
    if constexpr (std::is_void_v<T>) {
      Call<F, std::monostate> call{work, {}};
      LAYER_CO_TRY(co_await submit(call));
      call.rethrow();
      co_return Result<void>{};
    } else {
      Call<F, T> call{work, {}};
      LAYER_CO_TRY(co_await submit(call));
      call.rethrow();
      co_return std::move(*call.value);
    }
  }

  // Jobs that wait and jobs that run, for metrics.
  std::size_t queued() const;
  std::size_t running() const { return running_.load(std::memory_order_relaxed); }
  std::size_t threads() const { return threads_.size(); }

  // Refuses new jobs, runs those that wait, joins the threads. Idempotent.
  void stop();

 private:
  struct Work {
    std::exception_ptr error;
    virtual void run() = 0;
    void rethrow() const {
      if (error) {
        std::rethrow_exception(error);
      }
    }

   protected:
    ~Work() = default;
  };
  template <class F, class T>
  struct Call final : Work {
    F& work;
    std::optional<T> value;
    Call(F& f, std::optional<T> v) : work(f), value(std::move(v)) {}
    void run() override {
      try {
        if constexpr (std::is_void_v<std::invoke_result_t<F&>>) {
          work();
        } else {
          value.emplace(work());
        }
      } catch (...) {
        this->error = std::current_exception();
      }
    }
  };
  struct Job;

  Task<Result<void>> submit(Work& work);
  Result<void> push(std::shared_ptr<Job> job);
  void serve(const std::string& label);

  const Options options_;
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::shared_ptr<Job>> queue_;
  bool stopping_ = false;
  std::atomic<std::size_t> running_{0};
  std::vector<std::thread> threads_;
};

}  // namespace layer::async
