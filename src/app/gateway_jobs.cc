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
                                                        std::uint64_t gateway_id) {
  std::unique_ptr<GatewayJobs> jobs(new GatewayJobs());
  if (!config.gateway.queue_file) {
    return jobs;
  }
  const auto file = config.gateway.queue_file->empty() ? config.data_dir / "queue.db"
                                                       : *config.gateway.queue_file;
  auto opened = queue::SqliteJobStore::open(file, machine.clock);
  if (!opened) {
    return cannot_start(std::move(opened).error());
  }
  jobs->file_ = std::move(*opened);
  jobs->store_ = std::make_unique<queue::MeasuredJobStore>(*jobs->file_, machine.metrics);
  jobs->runner_ = std::make_unique<features::jobs::JobRunner>(
      features::jobs::JobRunner::Parts{.store = *jobs->store_,
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
  return store_ == nullptr ? "off" : std::string(store_->kind());
}

bool GatewayJobs::ok() const {
  return store_ != nullptr && store_->ok();
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
    file_->stop();
  }
}

}  // namespace layer::app
