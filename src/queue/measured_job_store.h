// A job store whose operations are timed in layer_pg_query_duration_seconds, and which knows
// whether the last one succeeded. Thread safety: as JobStore.
#pragma once

#include <atomic>
#include <string>
#include <string_view>

#include "core/metrics.h"
#include "queue/job_store.h"

namespace layer::queue {

class MeasuredJobStore final : public JobStore {
 public:
  // Both outlive the store.
  MeasuredJobStore(JobStore& inner, core::Metrics& metrics) : inner_(inner), metrics_(metrics) {}

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

  std::string_view kind() const override { return inner_.kind(); }
  bool shared() const override { return inner_.shared(); }
  // As of the last operation; no call.
  bool ok() const { return ok_.load(std::memory_order_relaxed); }

 private:
  template <class T>
  async::Task<Result<T>> timed(std::string_view operation, async::Task<Result<T>> work);

  JobStore& inner_;
  core::Metrics& metrics_;
  std::atomic<bool> ok_{true};
};

}  // namespace layer::queue
