#include "features/jobs/job_runner.h"

#include <algorithm>
#include <exception>
#include <utility>

#include <boost/asio/post.hpp>

#include "async/deadline.h"
#include "async/run.h"
#include "core/random.h"

namespace layer::features::jobs {
namespace {

using async::SteadyClock;

Error lost_work(const char* what) {
  return {.code = ErrorCode::kInternal, .message = what};
}

double seconds_since(std::int64_t then_ms, std::int64_t now_ms) {
  return static_cast<double>(std::max<std::int64_t>(now_ms - then_ms, 0)) / 1000;
}

}  // namespace

JobRunner::JobRunner(Parts parts, JobRunnerOptions options)
    : parts_(std::move(parts)),
      options_(options),
      gauges_(parts_.metrics),
      tasks_(parts_.loop),
      wake_(parts_.loop.get_executor(), async::TimePoint::max()) {}

void JobRunner::add(JobKind& kind) {
  kinds_.emplace(kind.name(), &kind);
  gauges_.declare(kind.name());
}

void JobRunner::start() {
  async::asio::post(parts_.loop, [this] {
    if (!stopping_) {
      tasks_.spawn(run());
      tasks_.spawn(beat());
    }
  });
}

void JobRunner::look() {
  async::asio::post(parts_.loop, [this] { wake(); });
}

void JobRunner::drain() {
  async::asio::post(parts_.loop, [this] { stop_all(); });
}

void JobRunner::stop() {
  async::run_blocking(parts_.loop, [this]() -> async::Task<> {
    stop_all();
    co_await tasks_.join();
  });
}

void JobRunner::stop_all() {
  stopping_ = true;
  for (const auto& [id, job] : running_) {
    job->request(RunningJob::Stop::kDrain);
  }
  wake();
}

void JobRunner::wake() {
  woken_ = true;
  wake_.cancel();
}

async::Task<Result<queue::Submitted>> JobRunner::submit(queue::JobSpec spec) {
  spec.id = core::time_ordered_uuid(parts_.clock.wall_ms());
  auto submitted = co_await parts_.store.submit(std::move(spec), options_.waiting_max);
  look();
  co_return submitted;
}

async::Task<Result<std::optional<queue::Job>>> JobRunner::cancel(std::string id) {
  auto job = co_await parts_.store.cancel(id, options_.keep_for);
  async::asio::post(parts_.loop, [this, id = std::move(id), cancelled = job.has_value()] {
    const auto found = running_.find(id);
    if (cancelled && found != running_.end()) {
      found->second->request(RunningJob::Stop::kLost);
    }
    wake();
  });
  co_return job;
}

template <class T>
bool JobRunner::note(const Result<T>& outcome) {
  if (outcome.has_value() == store_failing_) {
    store_failing_ = !outcome.has_value();
    if (store_failing_) {
      parts_.log.warn("the queue database fails; jobs wait until it is back",
                      {{"error", outcome.error().message}});
    } else {
      parts_.log.info("the queue database is back");
    }
  }
  return outcome.has_value();
}

async::Task<> JobRunner::run() {
  co_await take_back();
  while (!stopping_) {
    co_await claim();
    co_await expire();
    if (!store_failing_) {
      turned_.done();
    }
    if (!woken_ && !stopping_) {
      wake_.expires_after(store_failing_ ? options_.look_again : options_.look_every);
      co_await wake_.async_wait(async::kToken);
    }
    woken_ = false;
  }
}

// No other process has this gateway's id: what it holds was left by a process that is gone.
async::Task<> JobRunner::take_back() {
  while (!stopping_ && !note(co_await parts_.store.disown(parts_.gateway))) {
    wake_.expires_after(options_.look_again);
    co_await wake_.async_wait(async::kToken);
  }
}

async::Task<> JobRunner::claim() {
  std::vector<std::string> kinds;
  for (const auto& [name, kind] : kinds_) {
    kinds.push_back(name);
  }
  auto claimed = co_await parts_.store.claim({.gateway = parts_.gateway,
                                              .kinds = std::move(kinds),
                                              .limits = options_.limits,
                                              .lease_for = options_.lease_for,
                                              .keep_for = options_.keep_for});
  if (!note(claimed)) {
    co_return;
  }
  for (queue::Job& job : *claimed) {
    begin(std::move(job));
  }
  if (const auto counts = co_await parts_.store.counts()) {
    gauges_.update(*counts);
  }
}

void JobRunner::begin(queue::Job job) {
  if (job.lease.epoch > 1) {
    gauges_.resumed(job);
  }
  const std::string id = job.spec.id;
  const auto running = std::make_shared<RunningJob>(parts_.store, options_, std::move(job));
  if (const auto before = running_.find(id); before != running_.end()) {
    // Its lease ran out under way and came back: the work that still runs is not to go on.
    before->second->request(RunningJob::Stop::kLost);
  }
  running_[id] = running;
  if (stopping_) {
    running->request(RunningJob::Stop::kDrain);
  }
  running->cancelled_by(tasks_.spawn(work(running)));
}

async::Task<> JobRunner::expire() {
  const auto now = SteadyClock::now();
  if (now < next_expiry_ || store_failing_) {
    co_return;
  }
  next_expiry_ = now + options_.expire_every;
  note(co_await parts_.store.forget_expired(options_.gone_for));
}

async::Task<> JobRunner::beat() {
  async::Timer pause(parts_.loop.get_executor());
  auto next = SteadyClock::now() + options_.heartbeat_every;
  // In short steps, so that the end of the process does not wait for it.
  constexpr std::chrono::milliseconds kStep{100};
  while (!stopping_ || !running_.empty()) {
    pause.expires_after(std::min<std::chrono::milliseconds>(kStep, options_.heartbeat_every));
    co_await pause.async_wait(async::kToken);
    if (SteadyClock::now() < next) {
      continue;
    }
    next = SteadyClock::now() + options_.heartbeat_every;
    const auto jobs = running_;
    for (const auto& [id, job] : jobs) {
      co_await job->keep();
    }
  }
}

async::Task<> JobRunner::work(RunningPtr job) {
  job->working(true);
  auto ended = co_await try_often(*job, *kinds_.at(job->job().spec.kind));
  job->working(false);
  co_await settle(*job, std::move(ended));
  const auto found = running_.find(job->job().spec.id);
  if (found != running_.end() && found->second == job) {
    running_.erase(found);
  }
  wake();
}

async::Task<Result<queue::JobProgress>> JobRunner::try_often(RunningJob& job, JobKind& kind) {
  std::size_t failures = 0;
  while (true) {
    if (job.stopping()) {
      co_return fail(ErrorCode::kCancelled, "the job is to stop");
    }
    const std::string from = job.job().progress.cursor;
    auto ended = co_await try_once(job, kind);
    if (ended || job.stopping() || !core::info(ended.error().code).retryable) {
      co_return ended;
    }
    failures = job.job().progress.cursor == from ? failures + 1 : 1;
    if (failures > options_.retries_max) {
      co_return ended;
    }
    parts_.log.warn("a job failed and will be tried again", {{"job", job.job().spec.id},
                                                             {"kind", kind.name()},
                                                             {"namespace", job.job().spec.ns},
                                                             {"failures", failures},
                                                             {"error", ended.error().message}});
    co_await async::sleep_for(options_.retry_first * (1U << (failures - 1)));
  }
}

async::Task<Result<queue::JobProgress>> JobRunner::try_once(RunningJob& job, JobKind& kind) {
  try {
    co_return co_await kind.run(job);
  } catch (const std::exception& error) {
    co_return std::unexpected(lost_work(error.what()));
  }
}

async::Task<> JobRunner::settle(RunningJob& job, Result<queue::JobProgress> ended) {
  const queue::Job& what = job.job();
  const double seconds = seconds_since(what.created_at_ms, parts_.clock.wall_ms());
  if (ended && job.stop() != RunningJob::Stop::kLost) {
    co_await job.finish(std::move(*ended), {.status = queue::JobStatus::kCompleted});
    gauges_.ended(what, queue::name(queue::JobStatus::kCompleted), seconds);
  } else if (job.stop() == RunningJob::Stop::kDrain) {
    co_await job.release();
  } else if (job.stop() == RunningJob::Stop::kNone) {
    gauges_.ended(what, queue::name(queue::JobStatus::kFailed), seconds);
    co_await fail_job(job, std::move(ended).error());
  }
}

async::Task<> JobRunner::fail_job(RunningJob& job, Error error) {
  parts_.log.error("a job failed", {{"job", job.job().spec.id},
                                    {"kind", job.job().spec.kind},
                                    {"namespace", job.job().spec.ns},
                                    {"error", error.message}});
  co_await job.finish(job.job().progress, {.status = queue::JobStatus::kFailed,
                                           .error_code = std::string(core::info(error.code).name),
                                           .error = std::move(error.message)});
}

}  // namespace layer::features::jobs
