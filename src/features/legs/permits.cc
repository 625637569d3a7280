#include "features/legs/permits.h"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>

namespace layer::features::legs {

async::Task<Result<Permits::Held>> Permits::take(const void* request, std::size_t count,
                                                 async::TimePoint deadline) {
  const auto executor = co_await async::asio::this_coro::executor;
  count = std::min(count, total_);
  WaiterPtr waiter;
  {
    const std::lock_guard lock(mutex_);
    if (lines_.empty() && count <= free_) {
      free_ -= count;
      co_return Held(*this, count);
    }
    waiter = std::make_shared<Waiter>(executor, count);
    stand_in_line(request, waiter);
  }
  waiter->timer.expires_at(deadline);
  co_await waiter->timer.async_wait(async::kToken);
  std::vector<WaiterPtr> others;
  {
    const std::lock_guard lock(mutex_);
    if (waiter->served) {
      co_return Held(*this, count);
    }
    leave_line(waiter);
    others = serve();  // it may have been the one that kept smaller ones waiting
  }
  wake(others);
  co_return async::SteadyClock::now() >= deadline
      ? fail(ErrorCode::kGatewayTimeout, "the deadline passed while other queries were running")
      : fail(ErrorCode::kCancelled, "the caller left while other queries were running");
}

void Permits::give_back(std::size_t count) {
  std::vector<WaiterPtr> served;
  {
    const std::lock_guard lock(mutex_);
    free_ += count;
    served = serve();
  }
  wake(served);
}

std::size_t Permits::free() const {
  const std::lock_guard lock(mutex_);
  return free_;
}

void Permits::stand_in_line(const void* request, const WaiterPtr& waiter) {
  auto line = std::ranges::find(lines_, request, &Line::request);
  if (line == lines_.end()) {
    line = lines_.insert(line, Line{.request = request, .waiters = {}});
  }
  line->waiters.push_back(waiter);
}

void Permits::leave_line(const WaiterPtr& waiter) {
  for (auto line = lines_.begin(); line != lines_.end(); ++line) {
    if (std::erase(line->waiters, waiter) > 0) {
      if (line->waiters.empty()) {
        lines_.erase(line);
      }
      return;
    }
  }
}

std::vector<Permits::WaiterPtr> Permits::serve() {
  std::vector<WaiterPtr> served;
  while (!lines_.empty() && lines_.front().waiters.front()->count <= free_) {
    Line& line = lines_.front();
    WaiterPtr waiter = std::move(line.waiters.front());
    line.waiters.pop_front();
    free_ -= waiter->count;
    waiter->served = true;
    served.push_back(std::move(waiter));
    if (line.waiters.empty()) {
      lines_.pop_front();
    } else {
      lines_.splice(lines_.end(), lines_, lines_.begin());
    }
  }
  return served;
}

void Permits::wake(const std::vector<WaiterPtr>& served) {
  for (const WaiterPtr& waiter : served) {
    async::asio::post(waiter->executor, [waiter] { waiter->timer.cancel(); });
  }
}

}  // namespace layer::features::legs
