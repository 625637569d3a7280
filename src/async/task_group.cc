#include "async/task_group.h"

#include <cassert>
#include <exception>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

namespace layer::async {
namespace {

// co_spawn may run a task inline; the caller must have its signal before the task can end.
// Cancellation is seen as the result of an operation, never as an exception.
Task<> deferred(Task<> task) {
  co_await asio::this_coro::throw_if_cancelled(false);
  co_await asio::post(co_await asio::this_coro::executor, kToken);
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() == asio::cancellation_type::none) {
    co_await std::move(task);
  }
}

}  // namespace

TaskGroup::~TaskGroup() {
  assert(signals_.empty());
}

asio::cancellation_signal& TaskGroup::spawn(Task<> task) {
  const auto node = signals_.emplace(signals_.end());
  asio::co_spawn(loop_.get_executor(), deferred(std::move(task)),
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
