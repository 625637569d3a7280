// Jobs in memory, for tests: nothing survives the process. Thread safety: as JobStore.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "core/clock.h"
#include "queue/job_store.h"

namespace layer::queue {

class MemoryJobStore final : public JobStore {
 public:
  // The clock outlives the store.
  explicit MemoryJobStore(const core::Clock& clock) : clock_(clock) {}

  async::Task<Result<Submitted>> submit(JobSpec spec, std::size_t waiting_max) override;
  async::Task<Result<std::optional<Job>>> find(std::string id) override;
  async::Task<Result<std::vector<Job>>> list(JobFilter filter, std::optional<JobKey> before,
                                             std::size_t limit) override;
  async::Task<Result<std::vector<Job>>> claim(Claim claim) override;
  async::Task<Result<bool>> keep(Held held, JobProgress progress,
                                 std::chrono::milliseconds lease_for) override;
  async::Task<Result<bool>> release(Held held, JobProgress progress) override;
  async::Task<Result<bool>> finish(Held held, JobProgress progress, JobEnd end,
                                   std::chrono::milliseconds keep_for) override;
  async::Task<Result<std::optional<Job>>> cancel(std::string id,
                                                 std::chrono::milliseconds keep_for) override;
  async::Task<Result<void>> disown(std::string gateway) override;
  async::Task<Result<std::size_t>> forget_expired(std::chrono::milliseconds ago) override;
  async::Task<Result<std::vector<JobCount>>> counts() override;

  std::string_view kind() const override { return "memory"; }
  bool shared() const override { return false; }

 private:
  // With the mutex held.
  Job* held(const Held& held);
  void end(Job& job, JobEnd end, std::chrono::milliseconds keep_for) const;

  const core::Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Job> jobs_;  // by id
};

}  // namespace layer::queue
