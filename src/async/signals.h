// SIGINT and SIGTERM as events. Install once, on a loop that lives as long as the process.
#pragma once

#include <functional>

#include <boost/asio/signal_set.hpp>

#include "async/task.h"

namespace layer::async {

class StopSignals {
 public:
  // `on_signal(n)` runs on the loop for the n-th signal, n from 1.
  StopSignals(Loop& loop, std::function<void(int)> on_signal);

 private:
  void wait();

  asio::basic_signal_set<Executor> signals_;
  std::function<void(int)> on_signal_;
  int count_ = 0;
};

}  // namespace layer::async
