#include "store/turbopuffer/remote_clock.h"

#include <random>

#include "async/deadline.h"

namespace layer::store {

std::int64_t RemoteClock::wall_ms() const {
  return core::SystemClock().wall_ms();
}

core::Clock::TimePoint RemoteClock::steady() const {
  return async::SteadyClock::now();
}

double RemoteClock::random() {
  thread_local std::minstd_rand engine{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(engine);
}

async::Task<bool> RemoteClock::sleep(async::Duration duration) {
  return async::sleep_for(duration);
}

}  // namespace layer::store
