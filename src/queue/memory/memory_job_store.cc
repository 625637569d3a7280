#include "queue/memory/memory_job_store.h"

#include <algorithm>
#include <tuple>

#include "queue/job_rules.h"

namespace layer::queue {
namespace {

bool matches(const JobFilter& filter, const Job& job) {
  return (filter.kind.empty() || filter.kind == job.spec.kind) &&
         (filter.ns.empty() || filter.ns == job.spec.ns) &&
         (filter.owner.empty() || filter.owner == job.spec.owner) &&
         (!filter.status || *filter.status == job.status);
}

bool older(const Job& a, const Job& b) {
  return std::tie(a.created_at_ms, a.spec.id) < std::tie(b.created_at_ms, b.spec.id);
}

void advance(Job& job, JobProgress progress) {
  if (job.progress.cursor != progress.cursor) {
    job.attempts = 0;
  }
  job.progress = std::move(progress);
}

Claimable claimable(const Job& job) {
  return {.id = job.spec.id,
          .kind = job.spec.kind,
          .ns = job.spec.ns,
          .owner = job.spec.owner,
          .attempts = job.attempts};
}

}  // namespace

async::Task<Result<Submitted>> MemoryJobStore::submit(JobSpec spec, std::size_t waiting_max) {
  LAYER_CO_TRY(check_spec(spec));
  const std::lock_guard lock(mutex_);
  std::size_t waiting = 0;
  for (const auto& [id, job] : jobs_) {
    if (!spec.unique_key.empty() && !is_over(job.status) && job.spec.kind == spec.kind &&
        job.spec.unique_key == spec.unique_key) {
      co_return Submitted{.job = job, .is_new = false};
    }
    waiting += job.status == JobStatus::kQueued ? 1 : 0;
  }
  if (waiting >= waiting_max) {
    co_return std::unexpected(too_many_wait(waiting_max));
  }
  Job job{.spec = std::move(spec)};
  job.created_at_ms = job.updated_at_ms = clock_.wall_ms();
  jobs_.emplace(job.spec.id, job);
  co_return Submitted{.job = std::move(job)};
}

async::Task<Result<std::optional<Job>>> MemoryJobStore::find(std::string id) {
  const std::lock_guard lock(mutex_);
  const auto found = jobs_.find(id);
  co_return found == jobs_.end() ? std::nullopt : std::optional(found->second);
}

async::Task<Result<std::vector<Job>>> MemoryJobStore::list(JobFilter filter,
                                                           std::optional<JobKey> before,
                                                           std::size_t limit) {
  const std::lock_guard lock(mutex_);
  const std::int64_t now = clock_.wall_ms();
  std::vector<Job> out;
  for (const auto& [id, job] : jobs_) {
    const bool expired = job.expires_at_ms && *job.expires_at_ms <= now;
    const bool beyond = before && std::tie(job.created_at_ms, job.spec.id) >=
                                      std::tie(before->created_at_ms, before->id);
    if (!expired && !beyond && matches(filter, job)) {
      out.push_back(job);
    }
  }
  std::ranges::sort(out, [](const Job& a, const Job& b) { return older(b, a); });
  out.resize(std::min(out.size(), limit));
  co_return out;
}

async::Task<Result<std::vector<Job>>> MemoryJobStore::claim(Claim claim) {
  const std::lock_guard lock(mutex_);
  const std::int64_t now = clock_.wall_ms();
  std::vector<Job*> in_order;
  for (auto& [id, job] : jobs_) {
    in_order.push_back(&job);
  }
  std::ranges::sort(in_order, [](const Job* a, const Job* b) { return older(*a, *b); });
  std::vector<Claimable> open;
  std::vector<Claimable> held;
  for (const Job* job : in_order) {
    const bool live = job->status == JobStatus::kRunning && job->lease.until_ms > now;
    if (live && job->lease.gateway == claim.gateway) {
      held.push_back(claimable(*job));
    } else if (!live && !is_over(job->status)) {
      open.push_back(claimable(*job));
    }
  }
  const ClaimPlan plan = plan_claim(claim, open, held);
  for (const std::string& id : plan.give_up) {
    end(jobs_.at(id), given_up(), claim.keep_for);
  }
  std::vector<Job> out;
  for (const std::string& id : plan.take) {
    Job& job = jobs_.at(id);
    job.status = JobStatus::kRunning;
    ++job.attempts;
    job.updated_at_ms = now;
    job.lease = {.gateway = claim.gateway,
                 .epoch = job.lease.epoch + 1,
                 .until_ms = now + claim.lease_for.count()};
    out.push_back(job);
  }
  co_return out;
}

Job* MemoryJobStore::held(const Held& held) {
  const auto found = jobs_.find(held.id);
  return found != jobs_.end() && found->second.status == JobStatus::kRunning &&
                 found->second.lease.epoch == held.epoch
             ? &found->second
             : nullptr;
}

async::Task<Result<bool>> MemoryJobStore::keep(Held held, JobProgress progress,
                                               std::chrono::milliseconds lease_for) {
  LAYER_CO_TRY(check_progress(progress));
  const std::lock_guard lock(mutex_);
  Job* job = this->held(held);
  if (job == nullptr) {
    co_return false;
  }
  advance(*job, std::move(progress));
  job->updated_at_ms = clock_.wall_ms();
  job->lease.until_ms = job->updated_at_ms + lease_for.count();
  co_return true;
}

async::Task<Result<bool>> MemoryJobStore::release(Held held, JobProgress progress) {
  LAYER_CO_TRY(check_progress(progress));
  const std::lock_guard lock(mutex_);
  Job* job = this->held(held);
  if (job == nullptr) {
    co_return false;
  }
  advance(*job, std::move(progress));
  job->attempts -= job->attempts > 0 ? 1 : 0;
  job->status = JobStatus::kQueued;
  job->lease.until_ms = 0;
  job->updated_at_ms = clock_.wall_ms();
  co_return true;
}

void MemoryJobStore::end(Job& job, JobEnd end, std::chrono::milliseconds keep_for) const {
  job.status = end.status;
  job.error_code = std::move(end.error_code);
  job.error = std::move(end.error);
  job.lease.until_ms = 0;
  job.updated_at_ms = clock_.wall_ms();
  job.completed_at_ms = job.updated_at_ms;
  job.expires_at_ms = job.updated_at_ms + keep_for.count();
}

async::Task<Result<bool>> MemoryJobStore::finish(Held held, JobProgress progress, JobEnd end,
                                                 std::chrono::milliseconds keep_for) {
  LAYER_CO_TRY(check_progress(progress));
  const std::lock_guard lock(mutex_);
  Job* job = this->held(held);
  if (job == nullptr) {
    co_return false;
  }
  advance(*job, std::move(progress));
  this->end(*job, std::move(end), keep_for);
  co_return true;
}

async::Task<Result<std::optional<Job>>> MemoryJobStore::cancel(std::string id,
                                                               std::chrono::milliseconds keep_for) {
  const std::lock_guard lock(mutex_);
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) {
    co_return std::nullopt;
  }
  if (!is_over(found->second.status)) {
    end(found->second, {.status = JobStatus::kCancelled}, keep_for);
  }
  co_return found->second;
}

async::Task<Result<void>> MemoryJobStore::disown(std::string gateway) {
  const std::lock_guard lock(mutex_);
  for (auto& [id, job] : jobs_) {
    if (job.status == JobStatus::kRunning && job.lease.gateway == gateway) {
      job.lease.until_ms = 0;
    }
  }
  co_return Result<void>{};
}

async::Task<Result<std::size_t>> MemoryJobStore::forget_expired(std::chrono::milliseconds ago) {
  const std::lock_guard lock(mutex_);
  const std::int64_t until = clock_.wall_ms() - ago.count();
  co_return std::erase_if(jobs_, [until](const auto& entry) {
    return entry.second.expires_at_ms && *entry.second.expires_at_ms <= until;
  });
}

async::Task<Result<std::vector<JobCount>>> MemoryJobStore::counts() {
  const std::lock_guard lock(mutex_);
  std::map<std::pair<std::string, JobStatus>, std::uint64_t> by;
  for (const auto& [id, job] : jobs_) {
    ++by[{job.spec.kind, job.status}];
  }
  std::vector<JobCount> out;
  for (const auto& [key, count] : by) {
    out.push_back({.kind = key.first, .status = key.second, .count = count});
  }
  co_return out;
}

}  // namespace layer::queue
