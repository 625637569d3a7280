// Jobs in a SQLite file of this process: survives crashes, seen by one gateway. Write-ahead log,
// every change on disk before its call answers, changes of many callers in one transaction.
// Thread safety: as JobStore; open() and stop() from a thread that is not a loop's.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "core/clock.h"
#include "queue/job_store.h"
#include "queue/sqlite/writer.h"

namespace layer::queue {

class SqliteJobStore final : public JobStore {
 public:
  static constexpr int kBusyMs = 5000;

  // Creates the file where there is none, in a directory that exists, and brings an older one up to
  // date. The clock outlives the store. Errors: those of JobStore.
  static Result<std::unique_ptr<SqliteJobStore>> open(const std::filesystem::path& path,
                                                      const core::Clock& clock);

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

  std::string_view kind() const override { return "sqlite"; }
  bool shared() const override { return false; }

  // Which database this is; made once, stays with the file.
  const std::string& instance() const { return instance_; }
  // For what else is kept in the file; it runs until stop().
  Writer& writer() { return writer_; }
  // Lets work that has begun end and refuses further work.
  void stop() { writer_.stop(); }

 private:
  SqliteJobStore(std::unique_ptr<Database> database, std::string instance, const core::Clock& clock)
      : instance_(std::move(instance)), clock_(clock), writer_(std::move(database)) {}

  std::string instance_;
  const core::Clock& clock_;
  Writer writer_;
};

}  // namespace layer::queue
