// Structured concurrency: whoever starts a task waits for it. A group counts its tasks, can cancel
// them and is joined before what they use goes away. Thread safety: one loop; each of these calls
// is made on the loop's thread.
#pragma once

#include <cstddef>
#include <list>

#include <boost/asio/cancellation_signal.hpp>

#include "async/task.h"

namespace layer::async {

class TaskGroup {
 public:
  explicit TaskGroup(Loop& loop) : loop_(loop), idle_(loop.get_executor()) {}
  // Precondition: empty (joined).
  ~TaskGroup();
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  // Starts the task, never inline. The signal cancels what the task awaits now and is valid until
  // the task ends. A task handles its own failures; an exception that leaves it ends the process.
  asio::cancellation_signal& spawn(Task<> task);

  std::size_t size() const { return signals_.size(); }
  void cancel();
  // Completes when no task is left. One joiner at a time.
  Task<> join();

 private:
  Loop& loop_;
  Timer idle_;
  std::list<asio::cancellation_signal> signals_;
};

}  // namespace layer::async
