// A number of permits that tasks of many loops take and give back; who finds none waits. Those who
// wait are served in turn: one wait of each request, then its next one, so that a request of many
// legs does not keep others out. Thread safety: any thread; a wait stays on its loop. Cost without
// a wait: a lock.
#pragma once

#include <cstddef>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "async/task.h"

namespace layer::features::legs {

class Permits {
 public:
  explicit Permits(std::size_t total) : total_(total), free_(total) {}
  Permits(const Permits&) = delete;
  Permits& operator=(const Permits&) = delete;

  // Gives back what was taken when it goes; the permits outlive it.
  class Held {
   public:
    Held() = default;
    Held(Permits& permits, std::size_t count) : permits_(&permits), count_(count) {}
    Held(Held&& other) noexcept
        : permits_(std::exchange(other.permits_, nullptr)), count_(other.count_) {}
    Held& operator=(Held&& other) noexcept {
      std::swap(permits_, other.permits_);
      std::swap(count_, other.count_);
      return *this;
    }
    ~Held() {
      if (permits_ != nullptr) {
        permits_->give_back(count_);
      }
    }

   private:
    Permits* permits_ = nullptr;
    std::size_t count_ = 0;
  };

  // Takes `count`, at most all there are. `request` tells requests apart. Errors: kGatewayTimeout,
  // kCancelled.
  async::Task<Result<Held>> take(const void* request, std::size_t count, async::TimePoint deadline);

  std::size_t free() const;

 private:
  struct Waiter {
    Waiter(const async::Executor& e, std::size_t n) : executor(e), timer(e), count(n) {}
    async::Executor executor;
    async::Timer timer;
    std::size_t count;
    bool served = false;
  };
  using WaiterPtr = std::shared_ptr<Waiter>;
  struct Line {
    const void* request;
    std::deque<WaiterPtr> waiters;
  };

  void give_back(std::size_t count);
  void stand_in_line(const void* request, const WaiterPtr& waiter);
  void leave_line(const WaiterPtr& waiter);
  std::vector<WaiterPtr> serve();
  static void wake(const std::vector<WaiterPtr>& served);

  const std::size_t total_;
  mutable std::mutex mutex_;
  std::size_t free_;
  std::list<Line> lines_{};  // the one in front is served next
};

}  // namespace layer::features::legs
