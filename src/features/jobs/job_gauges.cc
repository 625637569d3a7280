#include "features/jobs/job_gauges.h"

namespace layer::features::jobs {
namespace {

using core::MetricKind;
using core::MetricSpec;

constexpr MetricSpec kJobs{.name = "layer_jobs",
                           .kind = MetricKind::kGauge,
                           .help = "jobs by what they are and how far they came",
                           .labels = "kind status"};
constexpr MetricSpec kResumed{.name = "layer_jobs_resumed_total",
                              .kind = MetricKind::kCounter,
                              .help = "jobs that went on after their gateway stopped or died",
                              .labels = "kind"};
const MetricSpec kDuration{.name = "layer_job_duration_seconds",
                           .kind = MetricKind::kHistogram,
                           .help = "time from a job's submission to its end",
                           .labels = "kind status",
                           .buckets = core::seconds_buckets()};

}  // namespace

void JobGauges::declare(std::string_view kind) {
  const auto counts = std::make_shared<ByStatus>();
  jobs_.emplace(kind, counts);
  for (std::size_t i = 0; i < queue::kJobStatusCount; ++i) {
    const auto status = static_cast<queue::JobStatus>(i);
    metrics_.gauge(kJobs, {kind, queue::name(status)}, [counts, i] {
      return static_cast<double>((*counts)[i].load(std::memory_order_relaxed));
    });
  }
}

void JobGauges::update(const std::vector<queue::JobCount>& counts) {
  for (const auto& [kind, by_status] : jobs_) {
    std::array<std::uint64_t, queue::kJobStatusCount> now{};
    for (const queue::JobCount& each : counts) {
      if (each.kind == kind) {
        now[static_cast<std::size_t>(each.status)] = each.count;
      }
    }
    for (std::size_t i = 0; i < now.size(); ++i) {
      (*by_status)[i].store(now[i], std::memory_order_relaxed);
    }
  }
}

void JobGauges::resumed(const queue::Job& job) {
  metrics_.sample(kResumed, {job.spec.kind}).add();
}

void JobGauges::ended(const queue::Job& job, std::string_view status, double seconds) {
  metrics_.sample(kDuration, {job.spec.kind, status}).observe(seconds);
}

}  // namespace layer::features::jobs
