// How many calls of a model run at once, over all loops. Thread safety: from any loop.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>

#include "async/task.h"

namespace layer::features::embed {

class Slots {
 public:
  explicit Slots(std::size_t count) : free_(count) {}
  Slots(const Slots&) = delete;
  Slots& operator=(const Slots&) = delete;

  // Gives its slot back when it goes.
  class Hold {
   public:
    explicit Hold(Slots& slots) : slots_(&slots) {}
    Hold(Hold&& other) noexcept : slots_(std::exchange(other.slots_, nullptr)) {}
    Hold& operator=(Hold&&) = delete;
    ~Hold() {
      if (slots_ != nullptr) {
        slots_->give();
      }
    }

   private:
    Slots* slots_;
  };

  // In the order of asking. Errors: kGatewayTimeout, kCancelled.
  async::Task<Result<Hold>> take(async::TimePoint deadline);

 private:
  // One who waits. `has` and `left` under the mutex, the timer on its loop.
  struct Waiter {
    explicit Waiter(const async::Executor& e) : executor(e), timer(e) {}
    async::Executor executor;
    async::Timer timer;
    bool has = false;
    bool left = false;
  };
  void give();

  std::mutex mutex_;
  std::size_t free_;
  std::deque<std::shared_ptr<Waiter>> waiting_;
};

}  // namespace layer::features::embed
