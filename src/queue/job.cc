#include "queue/job.h"

#include <array>

namespace layer::queue {
namespace {

constexpr std::array<std::string_view, kJobStatusCount> kNames{"queued", "running", "completed",
                                                               "failed", "cancelled"};

}  // namespace

std::string_view name(JobStatus status) {
  return kNames[static_cast<std::size_t>(status)];
}

std::optional<JobStatus> parse_job_status(std::string_view text) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == text) {
      return static_cast<JobStatus>(i);
    }
  }
  return std::nullopt;
}

}  // namespace layer::queue
