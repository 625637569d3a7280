// The queue database and what runs its jobs. Thread safety: the members as their headers say;
// open(), start() and stop() from the owner's thread, drain() from any.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "app/config.h"
#include "app/gateway_queue.h"
#include "app/machine.h"
#include "app/serving.h"
#include "features/jobs/job_runner.h"
#include "features/spool/result_sweep.h"
#include "queue/postgres/listener.h"

namespace layer::app {

class GatewayJobs {
 public:
  // `objects`: as GatewayQueue::open.
  static Started<std::unique_ptr<GatewayJobs>> open(const Config& config, Machine& machine,
                                                    std::uint64_t gateway_id,
                                                    objects::ObjectStore* objects);

  // Null: jobs are switched off.
  features::jobs::JobRunner* runner() { return runner_.get(); }
  // Null: switched off.
  GatewayQueue* queue() { return queue_.get(); }
  // Where results lie; before start(). It outlives the jobs.
  void sweep_results(objects::ObjectStore& results);
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
  explicit GatewayJobs(Machine& machine) : machine_(machine) {}

  Machine& machine_;
  std::unique_ptr<GatewayQueue> queue_;  // null: switched off
  std::unique_ptr<features::jobs::JobRunner> runner_;
  std::optional<queue::postgres::Listener> others_;  // jobs that other gateways left waiting
  std::unique_ptr<features::spool::ResultSweep> sweep_;
};

}  // namespace layer::app
