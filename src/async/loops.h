// The event loops of a process: one io_context and one thread each, so nothing a loop owns needs a
// lock. Thread safety: at(), size(), next() and stop() from any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "async/task.h"

namespace layer::async {

class Loops {
 public:
  // Starts `count` threads (at least one) called "<name>-0", "<name>-1", ...
  explicit Loops(std::size_t count, const std::string& name = "io");
  ~Loops();
  Loops(const Loops&) = delete;
  Loops& operator=(const Loops&) = delete;

  std::size_t size() const { return loops_.size(); }
  Loop& at(std::size_t index) { return *loops_[index]; }
  // Round robin.
  Loop& next();

  // Ends the loops and joins their threads; tasks that are still suspended are destroyed with the
  // object, so whoever started tasks joins them first. Never call it from a loop.
  void stop();

 private:
  std::vector<std::unique_ptr<Loop>> loops_;
  std::vector<std::jthread> threads_;
  std::atomic<std::size_t> next_{0};
};

// Names the calling thread for debuggers and `top -H`; cut to the kernel's 15 bytes.
void name_this_thread(const std::string& name);

}  // namespace layer::async
