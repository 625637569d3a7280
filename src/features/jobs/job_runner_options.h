// How jobs are run: rules J3 and J6 of the contract. Thread safety: a plain value.
#pragma once

#include <chrono>

#include "queue/job_store.h"

namespace layer::features::jobs {

struct JobRunnerOptions {
  queue::JobLimits limits{};
  std::size_t waiting_max = 1000;  // jobs that wait; beyond it a submission is refused
  std::chrono::milliseconds lease_for = std::chrono::seconds(30);
  std::chrono::milliseconds heartbeat_every = std::chrono::seconds(10);
  std::chrono::milliseconds checkpoint_every = std::chrono::seconds(1);
  std::chrono::milliseconds look_every = std::chrono::seconds(30);  // for leases that ran out
  std::chrono::milliseconds look_again = std::chrono::seconds(2);   // after the database failed
  std::chrono::milliseconds expire_every = std::chrono::seconds(60);
  std::chrono::milliseconds keep_for = std::chrono::hours(24);      // a job that is over
  std::chrono::milliseconds gone_for = std::chrono::hours(24);      // then answers 410 for so long
  std::chrono::milliseconds retry_first = std::chrono::seconds(1);  // then twice as long each time
  std::size_t retries_max = 5;  // of work that failed without getting further
};

}  // namespace layer::features::jobs
