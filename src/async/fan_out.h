// Many small tasks of one request, a few at a time. Thread safety: one loop.
#pragma once

#include <algorithm>
#include <cstddef>

#include <boost/asio/query.hpp>

#include "async/task_group.h"

namespace layer::async {

// Awaits make(0), ..., make(count - 1), at most `width` of them at once, on the caller's loop.
// `make` returns a Task<> and keeps its own results; what it refers to outlives the await. When the
// caller is cancelled, running tasks are cancelled too and no further ones start; the await ends
// when all that ran have ended.
template <class Make>
Task<> fan_out(std::size_t count, std::size_t width, Make make) {
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);  // what runs is joined whatever happens
  const auto executor = co_await asio::this_coro::executor;
  TaskGroup group(asio::query(executor, asio::execution::context));
  std::size_t next = 0;
  bool cancelled = false;
  Timer done(executor);
  const auto worker = [&]() -> Task<> {
    while (next < count && !cancelled) {
      co_await make(next++);
    }
    if (group.size() == 1) {  // the last one out
      done.cancel();
    }
  };
  for (std::size_t i = 0; i < std::min(width, count); ++i) {
    group.spawn(worker());
  }
  if (group.size() > 0) {
    done.expires_at(TimePoint::max());
    co_await done.async_wait(kToken);
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) {
      cancelled = true;
      group.cancel();
    }
  }
  co_await group.join();
  co_await asio::this_coro::throw_if_cancelled(throws);
}

}  // namespace layer::async
