#include "core/clock.h"

namespace layer::core {

std::int64_t SystemClock::wall_ms() const {
  using std::chrono::duration_cast, std::chrono::milliseconds, std::chrono::system_clock;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

Clock::TimePoint SystemClock::steady() const {
  return std::chrono::steady_clock::now();
}

}  // namespace layer::core
