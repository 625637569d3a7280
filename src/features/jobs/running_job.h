// A job this gateway holds the lease of: its heartbeat, its checkpoints, and the word to stop.
// Thread safety: the runner's loop.
#pragma once

#include <cstdint>

#include <boost/asio/cancellation_signal.hpp>

#include "features/jobs/job_kind.h"
#include "features/jobs/job_runner_options.h"
#include "queue/job_store.h"

namespace layer::features::jobs {

class RunningJob final : public JobContext {
 public:
  enum class Stop : std::uint8_t {
    kNone,
    kDrain,  // this gateway shuts down: the job is released
    kLost,   // cancelled, or somebody else's by now
  };

  // Store and options outlive the job.
  RunningJob(queue::JobStore& store, const JobRunnerOptions& options, queue::Job job)
      : store_(store), options_(options), job_(std::move(job)) {}

  const queue::Job& job() const override { return job_; }
  async::Task<Result<void>> reached(queue::JobProgress progress) override;
  bool stopping() const override { return stop_ != Stop::kNone; }

  Stop stop() const { return stop_; }
  // What cancels the task that does the work; valid while the task runs.
  void cancelled_by(async::asio::cancellation_signal& signal) { signal_ = &signal; }
  // The work begins or has ended: only in between a request cancels what it awaits.
  void working(bool now) { working_ = now; }
  // The first reason counts.
  void request(Stop why);
  // Writes what was reached and keeps the lease.
  async::Task<> keep();

  // How the work ended. Each is tried until the lease is over.
  async::Task<> finish(queue::JobProgress progress, queue::JobEnd end);
  async::Task<> release();
  queue::Held held() const { return {.id = job_.spec.id, .epoch = job_.lease.epoch}; }

 private:
  template <class Call>
  async::Task<> settle(Call call);

  queue::JobStore& store_;
  const JobRunnerOptions& options_;
  queue::Job job_;
  Stop stop_ = Stop::kNone;
  async::asio::cancellation_signal* signal_ = nullptr;
  bool working_ = false;
  bool keeping_ = false;
  async::TimePoint kept_at_ = async::SteadyClock::now();
};

}  // namespace layer::features::jobs
