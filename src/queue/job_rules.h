// What every kind of job store decides in the same way. Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "queue/job_store.h"

namespace layer::queue {

// As far as a claim needs to know a job: one that waits, or one whose lease is over.
struct Claimable {
  std::string id;
  std::string kind;
  std::string ns;
  std::string owner;
  std::uint32_t attempts = 0;
};

struct ClaimPlan {
  std::vector<std::string> take;
  std::vector<std::string> give_up;  // too many attempts
};

// `open`: oldest first. `held`: what the claiming gateway works on now.
ClaimPlan plan_claim(const Claim& claim, std::span<const Claimable> open,
                     std::span<const Claimable> held);

// What a job that is given up says.
JobEnd given_up();

Result<void> check_spec(const JobSpec& spec);
Result<void> check_progress(const JobProgress& progress);
Error too_many_wait(std::size_t waiting_max);

}  // namespace layer::queue
