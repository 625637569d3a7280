// The coroutine type of this program and its few aliases.
//
// A Task runs on one event loop (one thread) from its first to its last line: it never needs a lock
// for what only its loop touches. Blocking work and anything above a millisecond of CPU goes to a
// CpuPool. Failures are values: operations are awaited with `kToken`, which yields
// (error_code, result...) instead of throwing.
//
// Traps: a parameter that is a reference or a view must outlive the await, so await in the same
// full expression or pass by value; never call a capturing lambda coroutine and store its result,
// pass the lambda itself to spawn().
#pragma once

#include <chrono>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "core/error.h"

namespace layer::async {

namespace asio = boost::asio;

using Loop = asio::io_context;
// The concrete executor, not any_io_executor: no virtual call and no allocation at each resume.
using Executor = Loop::executor_type;

template <class T = void>
using Task = asio::awaitable<T, Executor>;

using SteadyClock = std::chrono::steady_clock;
using TimePoint = SteadyClock::time_point;
using Duration = SteadyClock::duration;

using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;
using Timer = asio::basic_waitable_timer<SteadyClock, asio::wait_traits<SteadyClock>, Executor>;

inline constexpr asio::as_tuple_t<asio::use_awaitable_t<Executor>> kToken{
    asio::use_awaitable_t<Executor>{}};

}  // namespace layer::async

// LAYER_TRY and LAYER_ASSIGN for coroutines that return a Task<Result<T>>.
#define LAYER_CO_TRY(expr)                                            \
  do {                                                                \
    if (auto layer_try_result = (expr); !layer_try_result) {          \
      co_return std::unexpected(std::move(layer_try_result).error()); \
    }                                                                 \
  } while (false)

#define LAYER_CO_ASSIGN(decl, expr) \
  LAYER_CO_ASSIGN_INNER(decl, expr, LAYER_CONCAT(layer_assign_, __LINE__))
#define LAYER_CO_ASSIGN_INNER(decl, expr, name)         \
  auto name = (expr);                                   \
  if (!name) {                                          \
    co_return std::unexpected(std::move(name).error()); \
  }                                                     \
  decl = std::move(*name)
