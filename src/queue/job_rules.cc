#include "queue/job_rules.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include <fmt/format.h>

namespace layer::queue {
namespace {

class Room {
 public:
  Room(const JobLimits& limits, std::span<const Claimable> held) : limits_(limits) {
    for (const Claimable& job : held) {
      count(job);
    }
  }

  bool full() const { return all_ >= limits_.per_gateway; }
  bool has(const Claimable& job) const {
    return !full() && of(namespaces_, job.ns) < limits_.per_namespace &&
           of(owners_, job.owner) < limits_.per_owner;
  }
  void count(const Claimable& job) {
    ++all_;
    ++namespaces_[job.ns];
    ++owners_[job.owner];
  }

 private:
  using Counts = std::unordered_map<std::string_view, std::size_t>;
  static std::size_t of(const Counts& counts, std::string_view key) {
    const auto found = counts.find(key);
    return found == counts.end() ? 0 : found->second;
  }

  const JobLimits& limits_;
  std::size_t all_ = 0;
  Counts namespaces_;
  Counts owners_;
};

Result<void> check_text(std::string_view what, const std::string& text) {
  if (text.size() > kJobTextBytesMax) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("the {} of a job has at most {} bytes", what, kJobTextBytesMax));
  }
  return {};
}

}  // namespace

ClaimPlan plan_claim(const Claim& claim, std::span<const Claimable> open,
                     std::span<const Claimable> held) {
  ClaimPlan plan;
  Room room(claim.limits, held);
  for (const Claimable& job : open) {
    if (std::ranges::find(claim.kinds, job.kind) == claim.kinds.end()) {
      continue;
    }
    if (job.attempts >= kJobAttemptsMax) {
      plan.give_up.push_back(job.id);
    } else if (room.has(job)) {
      room.count(job);
      plan.take.push_back(job.id);
    }
  }
  return plan;
}

JobEnd given_up() {
  return {.status = JobStatus::kFailed,
          .error_code = std::string(core::info(ErrorCode::kInternal).name),
          .error = fmt::format("given up after {} attempts that got no further; the log of the "
                               "gateways that tried tells why",
                               kJobAttemptsMax)};
}

Result<void> check_spec(const JobSpec& spec) {
  LAYER_TRY(check_text("parameters", spec.params));
  return check_text("unique key", spec.unique_key);
}

Result<void> check_progress(const JobProgress& progress) {
  LAYER_TRY(check_text("cursor", progress.cursor));
  return check_text("result", progress.result);
}

Error too_many_wait(std::size_t waiting_max) {
  return {.code = ErrorCode::kRateLimited,
          .message = fmt::format("{} jobs wait already; try again when some have run", waiting_max),
          .fields = {{.name = "reason", .value = "jobs_waiting"}}};
}

}  // namespace layer::queue
