// Bridges from ordinary threads into tasks. Thread safety: from any thread that is not a loop's.
#pragma once

#include <future>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include "async/task.h"

namespace layer::async {

// Runs `make()` (a callable that returns a Task) on `loop` and blocks until it ended.
template <class Make>
auto run_blocking(Loop& loop, Make make) {
  return asio::co_spawn(loop.get_executor(), std::move(make), asio::use_future).get();
}

}  // namespace layer::async
