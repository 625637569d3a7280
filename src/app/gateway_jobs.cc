#include "app/gateway_jobs.h"

#include <algorithm>

#include "core/random.h"
#include "queue/postgres/work_channel.h"

namespace layer::app {
namespace {

constexpr std::chrono::milliseconds kSweepEveryMin{1'000};

features::jobs::JobRunnerOptions runner_options(const GatewayConfig& config) {
  features::jobs::JobRunnerOptions options;
  options.limits.per_gateway = config.job_slots;
  options.keep_for = config.job_ttl;
  return options;
}

}  // namespace

Started<std::unique_ptr<GatewayJobs>> GatewayJobs::open(const Config& config, Machine& machine,
                                                        std::uint64_t gateway_id,
                                                        objects::ObjectStore* objects) {
  std::unique_ptr<GatewayJobs> jobs(new GatewayJobs(machine));
  auto opened = GatewayQueue::open(config, machine, objects);
  if (!opened) {
    return cannot_start(std::move(opened).error());
  }
  jobs->queue_ = std::move(*opened);
  if (jobs->queue_ == nullptr) {
    return jobs;
  }
  jobs->runner_ = std::make_unique<features::jobs::JobRunner>(
      features::jobs::JobRunner::Parts{.store = jobs->queue_->jobs(),
                                       .gateway = core::hex(gateway_id),
                                       .clock = machine.clock,
                                       .metrics = machine.metrics,
                                       .log = machine.log,
                                       .loop = machine.loops.at(0)},
      runner_options(config.gateway));
  if (queue::postgres::Database* server = jobs->queue_->server()) {
    const queue::postgres::ConnectionSettings& connection = server->options().connection;
    jobs->others_.emplace(machine.loops.at(0), connection,
                          queue::postgres::jobs_channel(connection.schema),
                          [runner = jobs->runner_.get()] { runner->look(); });
  }
  return jobs;
}

void GatewayJobs::sweep_results(objects::ObjectStore& results) {
  if (runner_ == nullptr) {
    return;
  }
  const auto& options = runner_->options();
  features::spool::ResultSweepOptions sweep{.unknown_for = options.keep_for + options.gone_for};
  // Jobs that expire soon are swept soon.
  sweep.every = std::clamp(options.keep_for, kSweepEveryMin, sweep.every);
  sweep_ = std::make_unique<features::spool::ResultSweep>(
      features::spool::ResultSweep::Parts{.objects = results,
                                          .jobs = queue_->jobs(),
                                          .clock = machine_.clock,
                                          .log = machine_.log,
                                          .metrics = machine_.metrics,
                                          .loop = machine_.loops.at(0)},
      sweep);
}

std::string GatewayJobs::state() const {
  if (runner_ == nullptr) {
    return "off";
  }
  return ok() ? "on" : "unavailable:queue_database";
}

std::string GatewayJobs::kind() const {
  return queue_ == nullptr ? "off" : std::string(queue_->jobs().kind());
}

bool GatewayJobs::ok() const {
  return queue_ != nullptr && queue_->jobs().ok();
}

void GatewayJobs::start() {
  if (runner_ != nullptr) {
    runner_->start();
  }
  if (others_) {
    others_->start();
  }
  if (sweep_ != nullptr) {
    sweep_->start();
  }
}

void GatewayJobs::drain() {
  if (runner_ != nullptr) {
    runner_->drain();
  }
}

void GatewayJobs::stop() {
  if (sweep_ != nullptr) {
    sweep_->stop();
  }
  if (others_) {
    others_->stop();
  }
  if (runner_ != nullptr) {
    runner_->stop();
    queue_->stop();
  }
}

}  // namespace layer::app
