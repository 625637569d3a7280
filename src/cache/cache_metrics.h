// What the document cache counts. Thread safety: all of it. Cost: a look-up by labels, so once a
// call, not once a row.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/metrics.h"

namespace layer::cache {

extern const core::MetricSpec kCacheOperationSeconds;
extern const core::MetricSpec kCacheLookups;
extern const core::MetricSpec kCacheLookupSeconds;
extern const core::MetricSpec kCachePayloadBytes;
extern const core::MetricSpec kCacheFills;
extern const core::MetricSpec kCacheFillSeconds;
extern const core::MetricSpec kCacheFences;
extern const core::MetricSpec kCacheEpochBumps;
extern const core::MetricSpec kCacheGenerationBumps;
extern const core::MetricSpec kCacheDamaged;
extern const core::MetricSpec kCacheInflight;
extern const core::MetricSpec kCacheConnection;
extern const core::MetricSpec kCacheBytes;
extern const core::MetricSpec kCacheEvictions;

// From 100 bytes to 100 MB.
std::span<const double> payload_buckets();

// Adds where there is something to add, so that no sample of zero appears.
inline void count(core::Metrics& metrics, const core::MetricSpec& spec,
                  std::initializer_list<std::string_view> labels, std::uint64_t n = 1) {
  if (n > 0) {
    metrics.sample(spec, labels).add(n);
  }
}

}  // namespace layer::cache
