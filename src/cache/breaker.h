// Keeps calls away from a cache that failed (rule H9): open after one failure for a while, then one
// call tries whether it is back. Thread safety: all of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "async/task.h"

namespace layer::cache {

class Breaker {
 public:
  explicit Breaker(std::chrono::milliseconds open_for) : open_for_(open_for) {}

  // Whether a call may go now, and if it is the one that tries.
  enum class Pass : std::uint8_t { kRefused, kGo, kTry };
  Pass admit(async::TimePoint now);
  // How the call went. `pass` is what admit() gave.
  void succeeded(Pass pass);
  void failed(async::TimePoint now, std::string why);

  bool open(async::TimePoint now) const;
  // How often it closed again: calls may have been missed in between.
  std::uint64_t reconnects() const;
  std::string last_error() const;

 private:
  const std::chrono::milliseconds open_for_;
  mutable std::mutex mutex_;
  std::optional<async::TimePoint> open_until_;
  bool trying_ = false;
  std::uint64_t reconnects_ = 0;
  std::string last_error_;
};

}  // namespace layer::cache
