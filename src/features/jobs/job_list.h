// Looking jobs up as callers do: one by its id, many in pages. Thread safety: pure functions; tasks
// on the caller's loop. Errors of all: those of JobStore.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/signer.h"
#include "queue/job_store.h"

namespace layer::features::jobs {

inline constexpr std::size_t kJobsLimitDefault = 100;
inline constexpr std::size_t kJobsLimitMax = 1000;
// Jobs that one request looks at to fill its page: a caller who may see few of many gets a short
// page and a cursor instead of a long wait.
inline constexpr std::size_t kJobsLookedAtMax = 5000;

// Rule J6. Further errors: kNotFound, kGone (expired).
async::Task<Result<queue::Job>> find_job(queue::JobStore& store, std::string id,
                                         std::int64_t now_ms);

struct JobPage {
  std::vector<queue::Job> jobs;
  std::optional<queue::JobKey> next{};  // for the page after; nullopt: there is none
};
// At most `limit` jobs that `may_see`; what that refers to outlives the await.
async::Task<Result<JobPage>> list_jobs(queue::JobStore& store, queue::JobFilter filter,
                                       std::optional<queue::JobKey> before, std::size_t limit,
                                       std::function<bool(const queue::Job&)> may_see);

// Where a list goes on, signed and valid for 24 h (rules K1, K3 and K7); it belongs to the filter
// it was made with.
std::string seal_job_cursor(const queue::JobFilter& filter, const queue::JobKey& last,
                            std::int64_t now_ms, const core::Signer& signer);
// Errors: kInvalidCursor with "reason": signature, malformed, expired, mismatch.
Result<queue::JobKey> open_job_cursor(std::string_view cursor, const queue::JobFilter& filter,
                                      std::int64_t now_ms, const core::Signer& signer);

}  // namespace layer::features::jobs
