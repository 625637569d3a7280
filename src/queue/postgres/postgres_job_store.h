// Jobs in PostgreSQL: seen by every gateway that uses the same database, taken over by another when
// the lease of one runs out. Times are those of the database's clock, so that gateways whose clocks
// differ agree. Thread safety: as JobStore.
//
// A job that comes to wait is told of on jobs_channel(), so that whoever listens claims at once.
// Errors: those of JobStore. Cost: submissions of all gateways take turns, one commit each.
#pragma once

#include <string>

#include "core/clock.h"
#include "queue/job_store.h"
#include "queue/postgres/database.h"

namespace layer::queue {

class PostgresJobStore final : public JobStore {
 public:
  // The database outlives the store. `clock`: instead of the database's, for tests.
  explicit PostgresJobStore(postgres::Database& database, const core::Clock* clock = nullptr)
      : database_(database), clock_(clock) {}

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

  std::string_view kind() const override { return "postgres"; }
  bool shared() const override { return true; }

 private:
  // What stands for "now" in a statement: nothing, or the time of the clock.
  postgres::Value now() const;
  std::string channel() const;
  async::Task<Result<bool>> advance(postgres::PoolKind pool, std::string_view sql, Held held,
                                    JobProgress progress, std::vector<postgres::Value> more);

  postgres::Database& database_;
  const core::Clock* clock_;
};

}  // namespace layer::queue
