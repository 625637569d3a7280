#include "async/ticker.h"

namespace layer::async {

std::list<Ticker::Watched*>::iterator Ticker::add(Watched& watched) {
  const auto at = watched_.insert(watched_.end(), &watched);
  if (!armed_) {
    arm();
  }
  return at;
}

void Ticker::remove(std::list<Watched*>::iterator at) {
  watched_.erase(at);
  // The pending wait stays: an empty tick costs less than a cancel and a new arm for each of a row
  // of short-lived connections.
}

void Ticker::arm() {
  armed_ = true;
  timer_.expires_after(period_);
  timer_.async_wait([alive = std::weak_ptr(self_)](const boost::system::error_code& error) {
    const auto self = alive.lock();
    if (!error && self) {
      (*self)->tick();
    }
  });
}

void Ticker::tick() {
  armed_ = false;
  const auto now = SteadyClock::now();
  for (Watched* watched : watched_) {
    watched->on_tick(now);
  }
  if (!watched_.empty()) {
    arm();
  }
}

}  // namespace layer::async
