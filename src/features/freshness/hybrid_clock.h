// The stamps of writes: a hybrid logical clock, one a gateway (rules C2 to C4 of the contract).
//
// A stamp for namespace n is max(wall clock, clock, last stamp of n + 1), and the clock follows it:
// stamps never decrease in a gateway, strictly increase in a namespace, and a wall clock that steps
// back changes nothing.
//
// Memory is bounded without forgetting anything: no last stamp is above the clock, and one below it
// does not take part in the maximum. So only the namespaces stamped in the clock's current
// millisecond matter, at most 65,536 of them because their writes are numbered by 16 bits. They are
// kept as 64-bit hashes; when two collide, a stamp is a millisecond later than needed.
//
// Thread safety: all calls from any thread; one short lock. Cost: one hash insertion a stamp.
#pragma once

#include <cstdint>
#include <mutex>
#include <string_view>
#include <unordered_set>

#include "core/clock.h"
#include "core/error.h"
#include "core/metrics.h"
#include "core/stamp.h"

namespace layer::features::freshness {

using core::Stamp;

// A stamp further ahead of the wall clock than this is refused, so that one gateway with a wrong
// clock does not carry the others away.
inline constexpr std::int64_t kStampAheadMsMax = 5000;

class HybridClock {
 public:
  // Registers layer_clock_drift_ms and layer_clock_rejects_total. `clock` and `metrics` outlive it;
  // no metrics are printed after it is gone.
  HybridClock(const core::Clock& clock, std::uint64_t gateway, core::Metrics& metrics);

  // The stamp of a write to namespace `ns`, taken just before the write is sent to the store.
  Stamp stamp(std::string_view ns);

  // Somebody else's stamp was seen: later ones of this clock are not below it. Errors:
  // kInvalidToken when it is more than kStampAheadMsMax ahead of the wall clock; it is then counted
  // and has no effect.
  Result<void> observe(std::int64_t stamp_ms);

  // The greatest stamp given or seen, or the wall clock when that is later.
  std::int64_t now_ms() const;
  std::uint64_t gateway() const { return gateway_; }

 private:
  void advance_to(std::int64_t ms);

  const core::Clock& clock_;
  const std::uint64_t gateway_;
  core::Sample& rejects_;
  mutable std::mutex mutex_;
  std::int64_t ms_ = 0;
  std::uint32_t next_counter_ = 0;              // of ms_
  std::unordered_set<std::uint64_t> at_clock_;  // namespaces whose last stamp is ms_
};

}  // namespace layer::features::freshness
