// What metrics tell of jobs. Thread safety: update() and the counters from one loop, the gauges are
// read from any thread.
#pragma once

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/metrics.h"
#include "queue/job_store.h"

namespace layer::features::jobs {

class JobGauges {
 public:
  explicit JobGauges(core::Metrics& metrics) : metrics_(metrics) {}

  // Before the kind's jobs are counted.
  void declare(std::string_view kind);
  void update(const std::vector<queue::JobCount>& counts);
  void resumed(const queue::Job& job);
  void ended(const queue::Job& job, std::string_view status, double seconds);

 private:
  using ByStatus = std::array<std::atomic<std::uint64_t>, queue::kJobStatusCount>;

  core::Metrics& metrics_;
  // Shared with the gauges, which the registry keeps.
  std::map<std::string, std::shared_ptr<ByStatus>, std::less<>> jobs_;
};

}  // namespace layer::features::jobs
