#include "app/gateway_jobs.h"

#include "core/random.h"

namespace layer::app {
namespace {

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
  std::unique_ptr<GatewayJobs> jobs(new GatewayJobs());
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
  return jobs;
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
}

void GatewayJobs::drain() {
  if (runner_ != nullptr) {
    runner_->drain();
  }
}

void GatewayJobs::stop() {
  if (runner_ != nullptr) {
    runner_->stop();
    queue_->stop();
  }
}

}  // namespace layer::app
