#include "operator/process/worker_pool.h"

#include <algorithm>
#include <iterator>

namespace layer::workers {
namespace {

// Processes that end slowly beside those that replace them: not more than twice what is wanted.
constexpr std::size_t kRoom = 2;
constexpr std::uint32_t kDoublingsMax = 6;

}  // namespace

void WorkerPool::renew() {
  ++generation_;
  failures_ = 0;
  crashes_.clear();
  not_before_.reset();
  crash_loop_until_.reset();
}

std::uint32_t WorkerPool::count(State state) const {
  return static_cast<std::uint32_t>(std::ranges::count_if(
      slots_, [state](const auto& slot) { return slot.second.state == state; }));
}

std::uint32_t WorkerPool::active() const {
  return static_cast<std::uint32_t>(std::ranges::count_if(slots_, [this](const auto& slot) {
    return slot.second.is_active() && slot.second.generation == generation_;
  }));
}

std::uint32_t WorkerPool::running() const {
  return count(State::kRunning);
}
std::uint32_t WorkerPool::starting() const {
  return count(State::kStarting);
}
std::uint32_t WorkerPool::stopping() const {
  return count(State::kStopping) + count(State::kKilled);
}

std::optional<WorkerPool::TimePoint> WorkerPool::waits_until(TimePoint now) const {
  std::optional<TimePoint> until;
  for (const auto& each : {not_before_, crash_loop_until_}) {
    if (each && now < *each && (!until || *until < *each)) {
      until = each;
    }
  }
  return until;
}

bool WorkerPool::shrinks(TimePoint now, std::uint32_t desired) const {
  return active() > desired && (!shrunk_at_ || now - *shrunk_at_ >= kShrinkEvery);
}

WorkerPool::Orders WorkerPool::turn(TimePoint now, std::uint32_t desired,
                                    const std::set<Number>& busy) {
  Orders orders;
  for (auto& [number, slot] : slots_) {
    if (slot.is_active() && slot.generation != generation_) {
      stop(number, now, orders);
    } else if (slot.state == State::kStopping && now >= slot.kill_at) {
      slot.state = State::kKilled;
      orders.kill.push_back(number);
    }
  }
  if (shrinks(now, desired)) {
    shrink(now, busy, orders);
  } else {
    grow(now, desired, orders);
  }
  return orders;
}

WorkerPool::Orders WorkerPool::stop_all(TimePoint now, std::chrono::seconds patience) {
  Orders orders;
  for (auto& [number, slot] : slots_) {
    if (slot.is_active()) {
      stop(number, now, orders);
    }
    slot.kill_at = std::min(slot.kill_at, now + patience);
  }
  return orders;
}

void WorkerPool::stop(Number number, TimePoint now, Orders& orders) {
  Slot& slot = slots_.at(number);
  // One that is being started is told when it is there (started()).
  if (slot.state == State::kRunning) {
    orders.stop.push_back(number);
  }
  slot.state = State::kStopping;
  slot.kill_at = now + patience_;
}

void WorkerPool::shrink(TimePoint now, const std::set<Number>& busy, Orders& orders) {
  std::optional<Number> chosen;
  bool chosen_idle = false;
  for (const auto& [number, slot] : slots_) {
    const bool idle = !busy.contains(number);
    if (slot.is_active() && (idle || !chosen_idle)) {
      chosen = number;
      chosen_idle = idle;
    }
  }
  if (chosen) {
    stop(*chosen, now, orders);
    shrunk_at_ = now;
  }
}

void WorkerPool::grow(TimePoint now, std::uint32_t desired, Orders& orders) {
  if (waits_until(now)) {
    return;
  }
  Number number = 1;
  for (std::uint32_t have = active(); have < desired && slots_.size() < kRoom * desired; ++have) {
    while (slots_.contains(number)) {
      ++number;
    }
    slots_.emplace(number, Slot{.generation = generation_, .started_at = now});
    orders.start.push_back(number);
  }
}

bool WorkerPool::started(Number number, TimePoint now) {
  Slot& slot = slots_.at(number);
  slot.started_at = now;
  if (slot.state != State::kStarting) {
    return false;
  }
  slot.state = State::kRunning;
  return true;
}

void WorkerPool::wait_longer(TimePoint now) {
  const std::chrono::seconds wait(1U << std::min(failures_, kDoublingsMax));
  ++failures_;
  not_before_ = now + std::min(wait, kRestartWaitMax);
}

void WorkerPool::failed(Number number, TimePoint now) {
  const bool wanted = slots_.at(number).is_active();
  slots_.erase(number);
  if (wanted) {
    wait_longer(now);
  }
}

Ended WorkerPool::exited(Number number, bool fault, TimePoint now) {
  const Slot slot = slots_.at(number);
  slots_.erase(number);
  if (!slot.is_active() || slot.generation != generation_) {
    return Ended::kAsked;
  }
  if (now - slot.started_at >= kSteadyAfter) {
    failures_ = 0;
  }
  if (!fault) {
    not_before_ = now + kRestAfterEnd;
    return Ended::kOrderly;
  }
  wait_longer(now);
  crashes_.push_back(now);
  while (now - crashes_.front() > kCrashWindow) {
    crashes_.pop_front();
  }
  if (crashes_.size() >= kCrashesMax) {
    crash_loop_until_ = now + kCrashLoopWait;
    crashes_.clear();
  }
  return Ended::kCrash;
}

}  // namespace layer::workers
