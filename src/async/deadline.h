// Sleeping and bounding a task in time. Thread safety: awaited on a loop.
#pragma once

#include <type_traits>
#include <variant>

#include <boost/asio/experimental/awaitable_operators.hpp>

#include "async/task.h"

namespace layer::async {

// False when the sleep was cut short by a cancellation.
Task<bool> sleep_until(TimePoint when);
Task<bool> sleep_for(Duration duration);

// The task's result, or kTimeout: at the deadline the task is cancelled and awaited to its end.
// kCancelled when the caller was cancelled before either.
template <class T>
Task<Result<T>> with_deadline(TimePoint deadline, Task<Result<T>> task) {
  using asio::experimental::awaitable_operators::operator||;
  auto first = co_await (std::move(task) || sleep_until(deadline));
  if (auto* result = std::get_if<0>(&first)) {
    co_return std::move(*result);
  }
  const bool slept = std::get<1>(first);
  co_return slept ? fail(ErrorCode::kTimeout, "the deadline passed before the work was done")
                  : fail(ErrorCode::kCancelled, "cancelled");
}

}  // namespace layer::async
