#include "async/cpu_pool.h"

#include <algorithm>

#include <fmt/format.h>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include "async/loops.h"

namespace layer::async {

// Shared by the queue and the waiting coroutine. `state` decides the race between a worker that
// takes the job and a cancellation that withdraws it: exactly one of them completes the wait.
struct CpuPool::Job {
  enum class State : unsigned char { kQueued, kTaken, kWithdrawn };
  std::atomic<State> state{State::kQueued};
  Work* work = nullptr;
  // Resumes the coroutine on its loop; true = the work ran.
  std::move_only_function<void(bool)> complete;

  bool claim(State to) {
    State expected = State::kQueued;
    return state.compare_exchange_strong(expected, to);
  }
};

CpuPool::CpuPool(Options options) : options_(std::move(options)) {
  const std::size_t count = std::max<std::size_t>(options_.threads, 1);
  threads_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    threads_.emplace_back([this, label = fmt::format("{}-{}", options_.name, i)] { serve(label); });
  }
}

CpuPool::~CpuPool() {
  stop();
}

std::size_t CpuPool::queued() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

void CpuPool::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ready_.notify_all();
  for (auto& thread : threads_) {
    if (thread.joinable()) {
      thread.join();
    }
  }
}

Result<void> CpuPool::push(std::shared_ptr<Job> job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      return fail(ErrorCode::kUnavailable, fmt::format("the {} pool has stopped", options_.name));
    }
    if (queue_.size() >= options_.queue_max) {
      return fail(ErrorCode::kTooManyRequests,
                  fmt::format("the {} pool's queue is full ({} jobs wait); try again later",
                              options_.name, queue_.size()));
    }
    queue_.push_back(std::move(job));
  }
  ready_.notify_one();
  return {};
}

void CpuPool::serve(const std::string& label) {
  name_this_thread(label);
  while (true) {
    std::shared_ptr<Job> job;
    {
      std::unique_lock lock(mutex_);
      ready_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) {
        return;
      }
      job = std::move(queue_.front());
      queue_.pop_front();
    }
    if (!job->claim(Job::State::kTaken)) {
      continue;
    }
    running_.fetch_add(1, std::memory_order_relaxed);
    job->work->run();
    running_.fetch_sub(1, std::memory_order_relaxed);
    job->complete(true);
  }
}

Task<Result<void>> CpuPool::submit(Work& work) {
  auto job = std::make_shared<Job>();
  job->work = &work;
  Result<void> pushed;
  const Executor executor = co_await asio::this_coro::executor;
  const bool ran = co_await asio::async_initiate<const asio::use_awaitable_t<Executor>, void(bool)>(
      [&](auto handler) {
        auto slot = asio::get_associated_cancellation_slot(handler);
        job->complete = [executor, guard = asio::make_work_guard(executor),
                         resume = std::move(handler)](bool done) mutable {
          // The guard goes along: a loop may end as soon as its last task has, and this thread must
          // not touch it any more.
          asio::post(executor, [resume = std::move(resume), guard = std::move(guard),
                                done]() mutable { std::move(resume)(done); });
        };
        pushed = push(job);
        if (!pushed) {
          job->complete(false);
          return;
        }
        if (slot.is_connected()) {
          slot.assign([weak = std::weak_ptr<Job>(job)](asio::cancellation_type) {
            const auto waiting = weak.lock();
            if (waiting && waiting->claim(Job::State::kWithdrawn)) {
              waiting->complete(false);
            }
          });
        }
      },
      asio::use_awaitable_t<Executor>{});
  LAYER_CO_TRY(std::move(pushed));
  if (!ran) {
    co_return fail(ErrorCode::kCancelled, "cancelled while waiting for a free thread");
  }
  co_return Result<void>{};
}

}  // namespace layer::async
