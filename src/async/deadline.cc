#include "async/deadline.h"

namespace layer::async {

Task<bool> sleep_until(TimePoint when) {
  Timer timer(co_await asio::this_coro::executor);
  timer.expires_at(when);
  const auto [error] = co_await timer.async_wait(kToken);
  co_return !error;
}

Task<bool> sleep_for(Duration duration) {
  co_return co_await sleep_until(SteadyClock::now() + duration);
}

}  // namespace layer::async
