#include "app/supervisor_wiring.h"

#include <utility>

#include <fmt/format.h>

#include "app/registered_functions.h"
#include "async/run.h"
#include "core/random.h"
#include "gateway/metrics_table.h"
#include "operator/process/pipeline_registrar.h"

namespace layer::app {
namespace {

using gateway::Metric;

// What reaches a listener on all addresses from this machine.
std::string local(std::string url) {
  for (const auto& [any, here] :
       {std::pair{"://0.0.0.0:", "://127.0.0.1:"}, std::pair{"://[::]:", "://[::1]:"}}) {
    if (const std::size_t at = url.find(any); at != std::string::npos) {
      url.replace(at, std::string_view(any).size(), here);
    }
  }
  return url;
}

resources::Condition switched_off() {
  return {.type = "WorkersAvailable",
          .status = resources::ConditionStatus::kUnknown,
          .reason = "SupervisorOff",
          .message = "this gateway runs no workers (--supervisor off)"};
}

}  // namespace

SupervisorWiring::SupervisorWiring(Parts given)
    : parts_(std::move(given)),
      pipelines_(parts_.jobs.queue() == nullptr || parts_.state.shared_objects() == nullptr
                     ? nullptr
                     : std::make_unique<workers::PipelineSource>(parts_.jobs.queue()->documents())),
      functions_(parts_.functions.queue == nullptr
                     ? nullptr
                     : std::make_unique<workers::FunctionSource>(*parts_.functions.queue)),
      launcher_({.loop = parts_.machine.loops.at(0),
                 .log = parts_.machine.log,
                 .pool = pool_,
                 .folder = parts_.config.data_dir / "workers"}),
      leadership_(parts_.jobs.queue() == nullptr ? nullptr : parts_.jobs.queue()->shared(),
                  "supervisor", core::hex(parts_.state.gateway_id()), parts_.machine.clock),
      registration_({.loop = parts_.machine.loops.at(0),
                     .registrars = registrars(),
                     .report = [this](const workers::Registrar::Told& told) { take(told); },
                     .turned = mark("registration", parts_.resources.on())}),
      supervisor_(
          {.loop = parts_.machine.loops.at(0),
           .clock = parts_.machine.clock,
           .log = parts_.machine.log,
           .launcher = launcher_,
           .leads = [this] { return leadership_.leads(); },
           .registered = [this](const std::string& object) { return registered_.contains(object); },
           .report = [this](const workers::Workload& workload,
                            const workers::WorkloadState& state) { tell(workload, state); },
           .crashed =
               [this](const workers::Workload& workload) {
                 parts_.machine.metrics
                     .sample(gateway::spec(Metric::kWorkerRestarts), {workload.kind, workload.name})
                     .add();
               },
           .turned =
               mark("supervisor", parts_.resources.on() && parts_.config.gateway.supervisor)}) {}

std::vector<std::unique_ptr<workers::Registrar>> SupervisorWiring::registrars() {
  std::vector<std::unique_ptr<workers::Registrar>> all;
  all.push_back(std::make_unique<workers::PipelineRegistrar>(
      pipelines_ == nullptr ? nullptr : &parts_.jobs.queue()->documents(),
      [this](std::string_view ns) {
        const auto* index = parts_.resources.current()->index_for(ns);
        return index == nullptr ? std::string("cosine_distance") : index->spec->distance_metric;
      }));
  all.push_back(std::make_unique<workers::FunctionRegistrar>(function_service()));
  return all;
}

std::optional<workers::FunctionRegistrar::Service> SupervisorWiring::function_service() {
  using Names = workers::FunctionRegistrar::Names;
  if (functions_ == nullptr) {
    return std::nullopt;
  }
  const auto file = parts_.config.data_dir / "registered-functions.json";
  return workers::FunctionRegistrar::Service{
      .find = parts_.functions.find,
      .put = parts_.functions.put,
      .remove = parts_.functions.remove,
      .load = [this, file]() -> async::Task<Result<Names>> {
        LAYER_CO_ASSIGN(auto names, co_await pool_.run([&] { return read_registered(file); }));
        co_return names;
      },
      .save = [this, file](Names names) -> async::Task<Result<void>> {
        LAYER_CO_ASSIGN(auto done,
                        co_await pool_.run([&] { return write_registered(file, names); }));
        co_return done;
      }};
}

// A loop that is not run has no metric: it would look as if it stood still.
core::LoopMark SupervisorWiring::mark(std::string_view loop, bool runs) const {
  return runs ? core::LoopMark(parts_.machine.metrics, loop) : core::LoopMark();
}

void SupervisorWiring::start(const std::string& url) {
  if (!parts_.resources.on()) {
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    url_ = local(url);
  }
  take_resources();
  registration_.start();
  if (parts_.config.gateway.supervisor) {
    supervisor_.start();
  }
}

void SupervisorWiring::take_resources() {
  const auto catalog = parts_.resources.current();
  const std::lock_guard lock(mutex_);
  if (url_.empty() || stopped_) {
    return;
  }
  give_work(*catalog);
  registration_.set(catalog);
}

void SupervisorWiring::give_work(const resources::Catalog& catalog) {
  std::vector<std::string> stores;
  const auto set = parts_.stores.set().all();
  for (const store::VectorStore* const store : *set) {
    stores.emplace_back(store->name());
  }
  parts_.keys.grant(catalog, stores);
  const workers::WorkerHost host{
      .directory = std::filesystem::absolute(parts_.resources.directory()),
      .url = url_,
      .inherited = workers::inherited_environment(),
      .key =
          [this](const resources::Resource& object) {
            return parts_.keys.key_of(object.status_key).reveal();
          },
      .pipelines = pipelines_.get(),
      .functions = functions_.get(),
      .stamp = parts_.config.gateway.stamp};
  std::vector<workers::Workload> workloads;
  for (workers::PlannedWorkload& planned : workers::plan_workloads(catalog, host)) {
    for (resources::Condition& condition : planned.conditions) {
      parts_.resources.statuses().set(planned.workload.object, std::move(condition));
    }
    for (auto& [name, json] : planned.fields) {
      parts_.resources.statuses().set_field(planned.workload.object, name, std::move(json));
    }
    if (!parts_.config.gateway.supervisor) {
      parts_.resources.statuses().set(planned.workload.object, switched_off());
    }
    workloads.push_back(std::move(planned.workload));
  }
  tell_pools(catalog);
  if (parts_.config.gateway.supervisor) {
    supervisor_.set(std::move(workloads));
  }
}

// What InfraRules says of its pools.
void SupervisorWiring::tell_pools(const resources::Catalog& catalog) {
  if (const auto* rules = catalog.find<resources::InfraRulesSpec>("default")) {
    parts_.resources.statuses().set_field(rules->status_key, "poolCount",
                                          fmt::to_string(rules->spec->pools.size()));
  }
}

void SupervisorWiring::staged(std::string_view queue) {
  if (parts_.config.gateway.supervisor && parts_.resources.on()) {
    supervisor_.work_arrived(queue);
  }
}

// While nobody knows, what was known holds.
void SupervisorWiring::take(const workers::Registrar::Told& told) {
  parts_.resources.statuses().set(told.object, told.registered);
  const bool was = registered_.contains(told.object);
  if (told.registered.status == resources::ConditionStatus::kTrue) {
    registered_.insert(told.object);
  } else if (told.registered.status == resources::ConditionStatus::kFalse) {
    registered_.erase(told.object);
  }
  if (was != registered_.contains(told.object)) {
    supervisor_.look_at_once(told.object);
  }
}

void SupervisorWiring::tell(const workers::Workload& workload,
                            const workers::WorkloadState& state) {
  resources::StatusTable& statuses = parts_.resources.statuses();
  statuses.set(workload.object, workers::workers_available(workload, state));
  statuses.set_field(workload.object, "replicas", fmt::to_string(state.running));
  if (state.depth) {
    statuses.set_field(workload.object, "queueDepth", fmt::to_string(*state.depth));
  }
  show(workload, state);
}

void SupervisorWiring::show(const workers::Workload& workload,
                            const workers::WorkloadState& state) {
  auto found = shown_.find(workload.object);
  if (found == shown_.end()) {
    if (shown_.size() >= kGaugedWorkloadsMax) {
      return;
    }
    const auto gauge = [&](std::string_view name) {
      auto value = std::make_shared<std::atomic<std::uint32_t>>(0);
      parts_.machine.metrics.gauge(gateway::spec(Metric::kWorkers),
                                   {workload.kind, workload.name, name},
                                   [value] { return static_cast<double>(value->load()); });
      return value;
    };
    found = shown_
                .emplace(workload.object, Shown{.running = gauge("running"),
                                                .starting = gauge("starting"),
                                                .stopping = gauge("stopping")})
                .first;
  }
  found->second.running->store(state.running);
  found->second.starting->store(state.starting);
  found->second.stopping->store(state.stopping);
}

void SupervisorWiring::stop_workers() {
  supervisor_.stop(kWorkersDrainFor);
}

void SupervisorWiring::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(stopped_, true)) {
      return;
    }
  }
  stop_workers();
  registration_.stop();
  async::run_blocking(parts_.machine.loops.at(0), [this] { return leadership_.resign(); });
  pool_.stop();
}

}  // namespace layer::app
