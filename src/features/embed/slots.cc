#include "features/embed/slots.h"

#include <boost/asio/post.hpp>

namespace layer::features::embed {

async::Task<Result<Slots::Hold>> Slots::take(async::TimePoint deadline) {
  auto waiter = std::make_shared<Waiter>(co_await async::asio::this_coro::executor);
  {
    const std::lock_guard lock(mutex_);
    if (free_ > 0) {
      --free_;
      co_return Hold(*this);
    }
    waiting_.push_back(waiter);
  }
  const bool throws = co_await async::asio::this_coro::throw_if_cancelled();
  co_await async::asio::this_coro::throw_if_cancelled(false);
  waiter->timer.expires_at(deadline);
  co_await waiter->timer.async_wait(async::kToken);
  co_await async::asio::this_coro::throw_if_cancelled(throws);
  {
    const std::lock_guard lock(mutex_);
    if (waiter->has) {
      co_return Hold(*this);
    }
    waiter->left = true;
  }
  co_return async::SteadyClock::now() >= deadline
      ? fail(ErrorCode::kGatewayTimeout,
             "the deadline passed while a call of the model was awaited")
      : fail(ErrorCode::kCancelled, "the caller left while a call of the model was awaited");
}

void Slots::give() {
  std::shared_ptr<Waiter> next;
  {
    const std::lock_guard lock(mutex_);
    while (!waiting_.empty() && next == nullptr) {
      next = std::move(waiting_.front());
      waiting_.pop_front();
      if (next->left) {
        next.reset();
      }
    }
    if (next == nullptr) {
      ++free_;
      return;
    }
    next->has = true;
  }
  const async::Executor executor = next->executor;
  async::asio::post(executor, [next = std::move(next)] { next->timer.cancel(); });
}

}  // namespace layer::features::embed
