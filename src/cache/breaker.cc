#include "cache/breaker.h"

#include <utility>

namespace layer::cache {

Breaker::Pass Breaker::admit(async::TimePoint now) {
  const std::lock_guard lock(mutex_);
  if (!open_until_) {
    return Pass::kGo;
  }
  if (now < *open_until_ || trying_) {
    return Pass::kRefused;
  }
  trying_ = true;
  return Pass::kTry;
}

void Breaker::succeeded(Pass pass) {
  const std::lock_guard lock(mutex_);
  if (pass == Pass::kTry && open_until_) {
    open_until_.reset();
    trying_ = false;
    ++reconnects_;
  }
}

void Breaker::failed(async::TimePoint now, std::string why) {
  const std::lock_guard lock(mutex_);
  open_until_ = now + open_for_;
  trying_ = false;
  last_error_ = std::move(why);
}

bool Breaker::open(async::TimePoint now) const {
  const std::lock_guard lock(mutex_);
  return open_until_ && (now < *open_until_ || trying_);
}

std::uint64_t Breaker::reconnects() const {
  const std::lock_guard lock(mutex_);
  return reconnects_;
}

std::string Breaker::last_error() const {
  const std::lock_guard lock(mutex_);
  return last_error_;
}

}  // namespace layer::cache
