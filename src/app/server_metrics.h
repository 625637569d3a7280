// What this process counts about requests. The samples are made once, so counting a request is two
// atomic additions. Thread safety: all of it.
#pragma once

#include <array>
#include <vector>

#include "core/metrics.h"

namespace layer::app {

class ServerMetrics {
 public:
  explicit ServerMetrics(core::Metrics& metrics);
  void count(std::size_t route, int status, double seconds, std::size_t bytes_in,
             std::size_t bytes_out);
  core::Metrics& registry() { return metrics_; }

 private:
  core::Metrics& metrics_;
  struct PerRoute {
    std::array<core::Sample*, 5> by_class;
    core::Sample* duration;
  };
  std::vector<PerRoute> routes_;
  core::Sample& received_;
  core::Sample& sent_;
};

// Resident memory of this process in bytes, 0 when it cannot be read.
double resident_bytes();

}  // namespace layer::app
