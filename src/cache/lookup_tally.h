// What one look-up of rows found, told to metrics. The samples are remembered: no lock a call
// beside those of the labels that name the namespace. Thread safety: all of it.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "cache/document_cache.h"
#include "core/metrics.h"

namespace layer::cache {

class LookupTally {
 public:
  // The metrics outlive it.
  explicit LookupTally(core::Metrics& metrics) : metrics_(metrics) {}

  void count(std::string_view ns, const std::vector<Found>& found,
             std::chrono::steady_clock::duration took);

 private:
  core::Sample& seconds(std::size_t result);

  core::Metrics& metrics_;
  std::array<core::SampleSlot, 4> seconds_;  // by result: hit, miss, bypass, partial
  core::SampleSlot payload_;
};

}  // namespace layer::cache
