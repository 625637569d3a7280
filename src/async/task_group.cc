#include "async/task_group.h"

#include <cassert>
#include <exception>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

namespace layer::async {

TaskGroup::~TaskGroup() {
  assert(signals_.empty());
}

asio::cancellation_signal& TaskGroup::spawn(Task<> task) {
  const auto node = signals_.emplace(signals_.end());
  asio::co_spawn(loop_.get_executor(), std::move(task),
                 asio::bind_cancellation_slot(node->slot(), [this, node](std::exception_ptr error) {
                   if (error) {
                     std::rethrow_exception(error);
                   }
                   signals_.erase(node);
                   if (signals_.empty()) {
                     idle_.cancel();
                   }
                 }));
  return *node;
}

void TaskGroup::cancel() {
  for (auto& signal : signals_) {
    signal.emit(asio::cancellation_type::terminal);
  }
}

Task<> TaskGroup::join() {
  while (!signals_.empty()) {
    idle_.expires_at(TimePoint::max());
    co_await idle_.async_wait(kToken);
  }
}

}  // namespace layer::async
