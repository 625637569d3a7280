// Where jobs are kept. A change is durable when its call answers. Times are those of the store's
// own clock, so that gateways whose clocks differ agree on when a lease is over.
//
// Leases: claim() hands out jobs that wait, and those whose holder let its lease run out, with an
// epoch higher by one. keep(), release() and finish() name the epoch they were handed; they answer
// false and change nothing when the job is no longer theirs: taken over, cancelled or over.
//
// Errors of every operation: kUnavailable (too much waits, or the database is locked or stopped),
// kIo (the disk), kCorrupt (the database is damaged; the message says what to do), kCancelled.
// After any of them a change may or may not have happened.
//
// Thread safety: any loop, concurrently. Arguments are taken by value: a call may outlive the
// caller's frame when the caller is cancelled.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "async/task.h"
#include "core/error.h"
#include "queue/job.h"

namespace layer::queue {

inline constexpr std::size_t kJobListMax = 1000;            // jobs of one list call
inline constexpr std::size_t kJobTextBytesMax = 64 * 1024;  // params, cursor, result, error: each
inline constexpr std::uint32_t kJobAttemptsMax = 5;         // without progress

struct Submitted {
  Job job;
  bool is_new = true;  // false: a job with that unique key was there
};

// Empty members match everything.
struct JobFilter {
  std::string kind{};
  std::string ns{};
  std::string owner{};
  std::optional<JobStatus> status{};
};

// A place in the list of jobs, newest first.
struct JobKey {
  std::int64_t created_at_ms = 0;
  std::string id;
};

struct JobLimits {
  std::size_t per_gateway = 16;
  std::size_t per_namespace = 4;  // of a gateway
  std::size_t per_owner = 8;      // of a gateway
};

struct Claim {
  std::string gateway;
  std::vector<std::string> kinds;  // that the gateway can run
  JobLimits limits{};
  std::chrono::milliseconds lease_for{};
  std::chrono::milliseconds keep_for{};  // of a job that is given up: see finish()
};

struct Held {
  std::string id;
  std::uint64_t epoch = 0;
};

struct JobEnd {
  JobStatus status = JobStatus::kCompleted;  // completed or failed
  std::string error_code{};
  std::string error{};
};

struct JobCount {
  std::string kind;
  JobStatus status;
  std::uint64_t count = 0;
};

class JobStore {
 public:
  virtual ~JobStore() = default;

  // Further errors: kRateLimited (`waiting_max` jobs wait already), kInvalidArgument (a text of
  // more than kJobTextBytesMax).
  virtual async::Task<Result<Submitted>> submit(JobSpec spec, std::size_t waiting_max) = 0;
  virtual async::Task<Result<std::optional<Job>>> find(std::string id) = 0;
  // Newest first, those older than `before`; without expired ones. `limit`: 1 to kJobListMax.
  virtual async::Task<Result<std::vector<Job>>> list(JobFilter filter, std::optional<JobKey> before,
                                                     std::size_t limit) = 0;

  // Oldest first, as many as the limits leave room for. A job that was claimed kJobAttemptsMax
  // times without its cursor moving is failed instead.
  virtual async::Task<Result<std::vector<Job>>> claim(Claim claim) = 0;
  // Keeps what was reached and the lease for another `lease_for`.
  virtual async::Task<Result<bool>> keep(Held held, JobProgress progress,
                                         std::chrono::milliseconds lease_for) = 0;
  // The job waits again, to go on from there; the attempt does not count.
  virtual async::Task<Result<bool>> release(Held held, JobProgress progress) = 0;
  // The job is over and expires after `keep_for`.
  virtual async::Task<Result<bool>> finish(Held held, JobProgress progress, JobEnd end,
                                           std::chrono::milliseconds keep_for) = 0;

  // The job as it is then; one that is over stays as it was. nullopt: there is none.
  virtual async::Task<Result<std::optional<Job>>> cancel(std::string id,
                                                         std::chrono::milliseconds keep_for) = 0;
  // Ends the leases of a gateway that is known not to run any more: itself, at its start.
  virtual async::Task<Result<void>> disown(std::string gateway) = 0;
  // Forgets jobs that expired longer ago than that. How many.
  virtual async::Task<Result<std::size_t>> forget_expired(std::chrono::milliseconds ago) = 0;
  virtual async::Task<Result<std::vector<JobCount>>> counts() = 0;

  virtual std::string_view kind() const = 0;  // "memory", "sqlite"
  // Several gateways see the same jobs.
  virtual bool shared() const = 0;
};

}  // namespace layer::queue
