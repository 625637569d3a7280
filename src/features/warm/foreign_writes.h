// Somebody wrote to the store past this gateway (rule H12 of the contract): nothing of the
// namespace that was cached until now is served any more, and its certificate no longer holds.
// Found out by polls, so late: until then cached rows may be older than that write, at most by
// their TTL. Thread safety: any loop, concurrently. What is referred to outlives it.
#pragma once

#include <string>

#include "core/log.h"
#include "core/metrics.h"
#include "features/warm/place.h"

namespace layer::features::warm {

class ForeignWrites {
 public:
  struct Parts {
    const PlaceFinder& places;
    cache::DocumentCache& cache;
    core::Metrics& metrics;
    core::Logger& log;
  };
  explicit ForeignWrites(Parts parts) : parts_(parts) {}

  async::Task<> found(std::string ns);

 private:
  Parts parts_;
};

}  // namespace layer::features::warm
