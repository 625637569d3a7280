#include "engine/routes/background.h"

#include <exception>
#include <utility>

namespace layer::engine::routes {

bool Background::run(std::function<void()> job) {
  const std::lock_guard lock(mutex_);
  if (stopping_ || queue_.size() >= options_.queue_max) {
    return false;
  }
  queue_.push_back(std::move(job));
  if (idle_ < queue_.size() && threads_.size() < options_.threads) {
    threads_.emplace_back([this] { serve(); });
  }
  ready_.notify_one();
  return true;
}

void Background::serve() {
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    ready_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    --idle_;
    if (stopping_) {
      return;
    }
    {
      const std::function<void()> job = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      try {
        job();
      } catch (const std::exception&) {
        // Nobody waits for this job: whoever wants to know how it ended has it say so itself.
      }
    }
    lock.lock();
  }
}

void Background::stop() {
  std::vector<std::thread> threads;
  std::deque<std::function<void()>> dropped;  // their captures end outside the lock
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    threads.swap(threads_);
    dropped.swap(queue_);
  }
  ready_.notify_all();
  for (std::thread& thread : threads) {
    thread.join();
  }
}

}  // namespace layer::engine::routes
