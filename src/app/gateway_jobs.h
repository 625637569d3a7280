// The queue database and what runs its jobs. Thread safety: the members as their headers say;
// open(), start() and stop() from the owner's thread, drain() from any.
#pragma once

#include <memory>
#include <string>

#include "app/config.h"
#include "app/machine.h"
#include "app/serving.h"
#include "features/jobs/job_runner.h"
#include "queue/measured_job_store.h"
#include "queue/sqlite/sqlite_job_store.h"

namespace layer::app {

class GatewayJobs {
 public:
  static Started<std::unique_ptr<GatewayJobs>> open(const Config& config, Machine& machine,
                                                    std::uint64_t gateway_id);

  // Null: jobs are switched off.
  features::jobs::JobRunner* runner() { return runner_.get(); }
  // "on", "off" or "unavailable:<reason>", as /health shows it.
  std::string state() const;
  std::string kind() const;  // of the database
  bool ok() const;

  // Kinds were added before.
  void start();
  // Jobs stop where they are and are released.
  void drain();
  void stop();

 private:
  GatewayJobs() = default;

  std::unique_ptr<queue::SqliteJobStore> file_;
  std::unique_ptr<queue::MeasuredJobStore> store_;  // the same, timed
  std::unique_ptr<features::jobs::JobRunner> runner_;
};

}  // namespace layer::app
