// A few threads for work that outlives the request that asked for it: operations a client polls,
// hints to warm a cache. Threads start with the first job. Thread safety: every member from many
// threads; stop() not from a job.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace layer::engine::routes {

class Background {
 public:
  struct Options {
    std::size_t threads = 2;
    std::size_t queue_max = 64;  // jobs that wait; beyond it run() refuses
  };
  explicit Background(Options options) : options_(options) {}
  ~Background() { stop(); }
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  // False: the queue is full or stop() was called; `job` was not taken. What a job
  // throws ends that job alone.
  bool run(std::function<void()> job);

  // Ends the running jobs' threads after them; jobs that wait are dropped. Idempotent.
  void stop();

 private:
  void serve();

  const Options options_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::function<void()>> queue_;
  std::size_t idle_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace layer::engine::routes
