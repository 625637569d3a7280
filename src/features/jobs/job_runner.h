// Runs jobs: claims those that wait or whose gateway is gone, as many as the limits allow, keeps
// their leases, and sees each to its end. A job that fails for a reason that may pass is tried
// again. At its start a gateway takes back the jobs it held when it died.
//
// Thread safety: add() before start(); start(), look(), drain(), submit() and cancel() from any
// loop or thread; stop() from a thread that is not the loop's. What Parts refers to and the kinds
// outlive the runner, and the loop runs until stop() has returned.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "async/task_group.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/loop_mark.h"
#include "core/metrics.h"
#include "features/jobs/job_gauges.h"
#include "features/jobs/running_job.h"

namespace layer::features::jobs {

class JobRunner {
 public:
  struct Parts {
    queue::JobStore& store;
    std::string gateway;  // who holds the leases
    const core::Clock& clock;
    core::Metrics& metrics;
    core::Logger& log;
    async::Loop& loop;
  };
  explicit JobRunner(Parts parts, JobRunnerOptions options = {});

  void add(JobKind& kind);
  void start();
  // Claims now: others may have left jobs that wait. Not after stop() has returned.
  void look();
  // Claims nothing any more; what runs stops after the call it is in and is released, to go on
  // elsewhere or at the next start.
  void drain();
  // Drains, and waits for the end of it. Idempotent.
  void stop();

  // `spec.id` is made here. Errors: those of JobStore::submit.
  async::Task<Result<queue::Submitted>> submit(queue::JobSpec spec);
  // As JobStore::cancel; work on it in this process stops at once.
  async::Task<Result<std::optional<queue::Job>>> cancel(std::string id);

  queue::JobStore& store() { return parts_.store; }
  const JobRunnerOptions& options() const { return options_; }

 private:
  using RunningPtr = std::shared_ptr<RunningJob>;

  // Everything below runs on the loop.
  async::Task<> run();
  async::Task<> take_back();
  async::Task<> claim();
  void begin(queue::Job job);
  async::Task<> expire();
  async::Task<> beat();
  async::Task<> work(RunningPtr job);
  async::Task<Result<queue::JobProgress>> try_often(RunningJob& job, JobKind& kind);
  async::Task<Result<queue::JobProgress>> try_once(RunningJob& job, JobKind& kind);
  async::Task<> settle(RunningJob& job, Result<queue::JobProgress> ended);
  async::Task<> fail_job(RunningJob& job, Error error);
  void stop_all();
  void wake();
  // Said once each time the database goes away or comes back.
  template <class T>
  bool note(const Result<T>& outcome);

  Parts parts_;
  core::LoopMark turned_{parts_.metrics, "jobs"};
  const JobRunnerOptions options_;
  std::map<std::string, JobKind*, std::less<>> kinds_;
  JobGauges gauges_;
  async::TaskGroup tasks_;
  async::Timer wake_;
  bool woken_ = false;
  bool stopping_ = false;
  bool store_failing_ = false;
  async::TimePoint next_expiry_{};
  std::map<std::string, RunningPtr> running_;  // by id
};

}  // namespace layer::features::jobs
