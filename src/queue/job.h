// A job: background work that is kept where a crash does not reach it, and carried on from its
// cursor by whichever gateway gets its lease. What params, cursor and result say is the business of
// the job's kind. Thread safety: plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace layer::queue {

enum class JobStatus : std::uint8_t { kQueued, kRunning, kCompleted, kFailed, kCancelled };
inline constexpr std::size_t kJobStatusCount = 5;
std::string_view name(JobStatus status);
std::optional<JobStatus> parse_job_status(std::string_view text);

// Nothing will change any more.
inline bool is_over(JobStatus status) {
  return status != JobStatus::kQueued && status != JobStatus::kRunning;
}

// What is asked for.
struct JobSpec {
  std::string id{};     // UUIDv7: the order of ids is the order of creation
  std::string kind{};   // "warm", "scan", ...
  std::string ns{};     // logical name
  std::string store{};  // that serves the namespace
  std::string owner{};  // who asked
  std::string params = "{}";
  // Not empty: of the jobs of this kind that are not over, at most one has it.
  std::string unique_key{};
};

struct JobCounters {
  std::uint64_t scanned = 0;  // rows that were read
  std::uint64_t total = 0;    // rows there are, as far as known
  std::uint64_t done = 0;     // of what was read, what was kept
  std::uint64_t failed = 0;   // of what was read, what could not be kept
  std::uint64_t bytes = 0;

  bool operator==(const JobCounters&) const = default;
};

struct JobProgress {
  std::string cursor{};  // where the work goes on; empty: at its beginning
  JobCounters counters{};
  double progress = 0;   // 0 to 1
  std::string result{};  // JSON object of the kind's, or empty
};

// Who works on a job. The epoch grows with every claim, so that an earlier holder is told apart.
struct JobLease {
  std::string gateway{};
  std::uint64_t epoch = 0;
  std::int64_t until_ms = 0;  // 0: nobody holds it
};

struct Job {
  JobSpec spec;
  JobStatus status = JobStatus::kQueued;
  JobProgress progress{};
  JobLease lease{};
  std::uint32_t attempts = 0;  // since the cursor last moved
  std::int64_t created_at_ms = 0;
  std::int64_t updated_at_ms = 0;
  std::optional<std::int64_t> completed_at_ms{};
  std::optional<std::int64_t> expires_at_ms{};
  std::string error_code{};  // of a failed job, as core::info(...).name
  std::string error{};       // a sentence
};

}  // namespace layer::queue
