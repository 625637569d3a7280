#include "store/turbopuffer/breaker.h"

namespace layer::store {

Breaker::Admission Breaker::admit(async::TimePoint now) {
  State state = state_.load(std::memory_order_acquire);
  if (state == State::kClosed) {
    return {.admitted = true};
  }
  if (state == State::kOpen) {
    const async::TimePoint until{async::Duration(open_until_.load(std::memory_order_relaxed))};
    if (now < until) {
      return {.retry_after = until - now};
    }
    if (state_.compare_exchange_strong(state, State::kProbing, std::memory_order_acq_rel)) {
      return {.admitted = true, .probe = true};
    }
    if (state == State::kClosed) {
      return {.admitted = true};
    }
  }
  return {.retry_after = kProbeWait};
}

void Breaker::settle(const Admission& admission, Outcome outcome, async::TimePoint now) {
  if (!enabled_) {
    return;
  }
  if (admission.probe) {
    settle_probe(outcome, now);
    return;
  }
  // A call from before the breaker opened tells nothing new while it is open.
  if (outcome == Outcome::kAbandoned || open()) {
    return;
  }
  const bool failed = outcome != Outcome::kAnswered;
  calls_.add(now, 1, failed ? 1 : 0);
  if (outcome != Outcome::kUnreachable) {
    // Read first: a healthy store's calls then share the line and never write it.
    if (unreachable_in_row_.load(std::memory_order_relaxed) != 0) {
      unreachable_in_row_.store(0, std::memory_order_relaxed);
    }
  } else if (unreachable_in_row_.fetch_add(1, std::memory_order_relaxed) + 1 >=
             kUnreachableInRowMax) {
    trip(State::kClosed, now);
    return;
  }
  if (failed) {
    const auto sum = calls_.sum(now);
    if (sum.all >= kCallsMin && sum.part * 2 >= sum.all) {
      trip(State::kClosed, now);
    }
  }
}

void Breaker::settle_probe(Outcome outcome, async::TimePoint now) {
  switch (outcome) {
    case Outcome::kAnswered:
      unreachable_in_row_.store(0, std::memory_order_relaxed);
      calls_.clear();
      state_.store(State::kClosed, std::memory_order_release);
      return;
    case Outcome::kAbandoned:
      // Still due: the next call is the probe.
      state_.store(State::kOpen, std::memory_order_release);
      return;
    case Outcome::kUnreachable:
    case Outcome::kFailed:
      trip(State::kProbing, now);
      return;
  }
}

void Breaker::trip(State from, async::TimePoint now) {
  // The time first: whoever sees the state sees it too. A loser of the race has set the same time
  // but for microseconds.
  open_until_.store((now + kOpenTime).time_since_epoch().count(), std::memory_order_relaxed);
  state_.compare_exchange_strong(from, State::kOpen, std::memory_order_acq_rel);
}

}  // namespace layer::store
