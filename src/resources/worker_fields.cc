#include "resources/worker_fields.h"

#include <fmt/format.h>

#include "resources/read_node.h"

namespace layer::resources {
namespace {

constexpr std::uint32_t kBatchesPerWorker = 4;

}  // namespace

void check_worker(const Node& spec, Report& report) {
  const Node* worker = at_path(spec, "worker");
  if (worker != nullptr && worker->is(NodeType::kMap)) {
    if (!has(*worker, "image") && !has(*worker, "command") && !has(*worker, "url")) {
      report.add_at(spec, "worker", "says nothing that could run",
                    "give command (directory mode), image (Kubernetes), or url with dispatch push");
    }
    const bool push = text(*worker, "dispatch") == "push";
    if (push && !has(*worker, "url") && !has(*worker, "port")) {
      report.add_at(spec, "worker.dispatch", "push needs an address to send batches to",
                    "give worker.url, or worker.port in Kubernetes");
    }
    if (!push && has(*worker, "url")) {
      report.add_at(spec, "worker.url", "is never called with dispatch pull",
                    "set worker.dispatch to push, or drop the url");
    }
  }
  if (has(spec, "scaling.replicas.max") &&
      integer(spec, "scaling.replicas.min") > integer(spec, "scaling.replicas.max")) {
    report.add_at(
        spec, "scaling.replicas.min",
        fmt::format("found {}, more than replicas.max {}", integer(spec, "scaling.replicas.min"),
                    integer(spec, "scaling.replicas.max")));
  }
}

WorkerSpec decode_worker(const Node& spec) {
  return {.image = text(spec, "worker.image"),
          .command = texts(spec, "worker.command"),
          .batch_size = number_as<std::uint32_t>(spec, "worker.batchSize"),
          .compute_class = text(spec, "worker.computeClass"),
          .push = text(spec, "worker.dispatch") == "push",
          .port = optional_integer<std::uint16_t>(spec, "worker.port"),
          .timeout_seconds = number_as<std::uint32_t>(spec, "worker.timeoutSeconds"),
          .url = text(spec, "worker.url"),
          .pod_spec_json = json(spec, "worker.podSpec")};
}

ScalingSpec decode_scaling(const Node& spec, const WorkerSpec& worker) {
  const std::string mode = text(spec, "scaling.mode");
  return {.pool = has(spec, "scaling.pool") ? text(spec, "scaling.pool") : worker.compute_class,
          .mode = mode == "fixed"      ? ScalingMode::kFixed
                  : mode == "disabled" ? ScalingMode::kDisabled
                                       : ScalingMode::kAutoscale,
          .replicas_min = number_as<std::uint32_t>(spec, "scaling.replicas.min"),
          .replicas_max = number_as<std::uint32_t>(spec, "scaling.replicas.max"),
          .warm_window_seconds = number_as<std::uint32_t>(spec, "scaling.warmWindowSeconds"),
          .target_queue_depth = has(spec, "scaling.targetQueueDepth")
                                    ? number_as<std::uint32_t>(spec, "scaling.targetQueueDepth")
                                    : kBatchesPerWorker * worker.batch_size};
}

ScheduleSpec decode_schedule(const Node& spec) {
  ScheduleSpec schedule;
  if (has(spec, "schedule")) {
    schedule = {
        .cron = text(spec, "schedule.cron"),
        .discovery_interval_seconds =
            number_as<std::uint32_t>(spec, "schedule.discoveryIntervalSeconds"),
        .lease_seconds = number_as<std::uint32_t>(spec, "schedule.leaseSeconds"),
        .max_concurrent_scans = number_as<std::uint32_t>(spec, "schedule.maxConcurrentScans"),
        .max_in_flight_batches = number_as<std::uint32_t>(spec, "schedule.maxInFlightBatches")};
  }
  return schedule;
}

}  // namespace layer::resources
