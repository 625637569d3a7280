// What is counted of each request. Thread safety: all of it, from any thread. Cost: a few relaxed
// additions; samples are looked up by label once.
#pragma once

#include <array>

#include "core/metrics.h"
#include "gateway/exchange.h"
#include "gateway/namespace_samples.h"

namespace layer::gateway {

class RequestMetrics {
 public:
  explicit RequestMetrics(core::Metrics& metrics);

  // At the end of the answer. `seconds` since its head arrived.
  void count(const Exchange& exchange, int status, double seconds);
  NamespaceSamples& namespaces() { return namespaces_; }

 private:
  void count_multi_query(const Exchange& exchange, Outcome outcome);

  static constexpr std::size_t kClasses = 5;
  static constexpr std::size_t kSources = 5;
  struct Samples {
    core::SampleSlot total;
    core::SampleSlot duration;
  };

  core::Metrics& metrics_;
  NamespaceSamples namespaces_;
  core::Sample& received_;
  core::Sample& sent_;
  std::array<core::Sample*, 2> fetch_ids_;  // one row, many
  std::array<std::array<std::array<Samples, kSources>, kClasses>, kRouteCount> by_route_{};
};

// How the request ended, for the label `status`.
Outcome outcome_of(const Exchange& exchange, int status);

}  // namespace layer::gateway
