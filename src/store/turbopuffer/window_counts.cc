#include "store/turbopuffer/window_counts.h"

namespace layer::store {
namespace {

constexpr unsigned kCountBits = 22;  // four million a second
constexpr std::uint64_t kCountMask = (1ULL << kCountBits) - 1;
constexpr unsigned kSecondShift = 2 * kCountBits;
constexpr std::uint64_t kSecondMask = (1ULL << (64 - kSecondShift)) - 1;

// Counted from one, so that a slot never used is no second of its own.
std::uint64_t second_of(async::TimePoint now) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch());
  return static_cast<std::uint64_t>(seconds.count()) + 1;
}

std::uint64_t pack(std::uint64_t second, std::uint64_t all, std::uint64_t part) {
  return ((second & kSecondMask) << kSecondShift) | (all << kCountBits) | part;
}

std::uint64_t all_of(std::uint64_t slot) {
  return (slot >> kCountBits) & kCountMask;
}

}  // namespace

void WindowCounts::add(async::TimePoint now, std::uint32_t all, std::uint32_t part) {
  const std::uint64_t second = second_of(now);
  auto& slot = slots_[second % kSeconds];
  std::uint64_t seen = slot.load(std::memory_order_relaxed);
  while (seen >> kSecondShift != (second & kSecondMask)) {
    if (slot.compare_exchange_weak(seen, pack(second, all, part), std::memory_order_relaxed)) {
      return;
    }
  }
  // Half full is full: what races past this check cannot spill into the next field.
  if (all_of(seen) < kCountMask / 2 && (seen & kCountMask) < kCountMask / 2) {
    slot.fetch_add(pack(0, all, part), std::memory_order_relaxed);
  }
}

WindowCounts::Sum WindowCounts::sum(async::TimePoint now) const {
  const std::uint64_t second = second_of(now);
  Sum sum;
  for (std::uint64_t back = 0; back < kSeconds && back < second; ++back) {
    const std::uint64_t wanted = second - back;
    const std::uint64_t slot = slots_[wanted % kSeconds].load(std::memory_order_relaxed);
    if (slot >> kSecondShift == (wanted & kSecondMask)) {
      sum.all += all_of(slot);
      sum.part += slot & kCountMask;
    }
  }
  return sum;
}

void WindowCounts::clear() {
  for (auto& slot : slots_) {
    slot.store(0, std::memory_order_relaxed);
  }
}

}  // namespace layer::store
