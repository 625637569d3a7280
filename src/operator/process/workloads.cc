#include "operator/process/workloads.h"

#include <algorithm>

#include <fmt/format.h>

#include "json/writer.h"
#include "resources/index_table.h"
#include "resources/stock_pools.h"

namespace layer::workers {
namespace {

using resources::Condition;
using resources::ConditionStatus;
using Pools = std::vector<resources::InfraRulesSpec::Pool>;

Pools pools_of(const resources::Catalog& catalog) {
  const auto* rules = catalog.find<resources::InfraRulesSpec>("default");
  return rules == nullptr ? resources::stock_pools() : rules->spec->pools;
}

void refuse(Workload& workload, std::string reason, std::string message) {
  if (workload.refusal.empty()) {
    workload.refusal = std::move(reason);
    workload.refusal_message = std::move(message);
  }
}

Condition resolve_pool(const Pools& pools, const resources::ScalingSpec& scaling,
                       Workload& workload) {
  Condition condition{.type = "PoolResolved",
                      .status = ConditionStatus::kTrue,
                      .reason = "Resolved",
                      .message = {}};
  const auto pool = std::ranges::find(pools, scaling.pool, &resources::InfraRulesSpec::Pool::name);
  if (pool == pools.end()) {
    condition.status = ConditionStatus::kFalse;
    condition.reason = "UnknownPool";
    condition.message =
        fmt::format("spec.scaling.pool: InfraRules has no pool '{}'; no worker runs", scaling.pool);
    refuse(workload, condition.reason, condition.message);
  } else if (scaling.replicas_max > pool->max_replicas_per_workload) {
    workload.scaling.max = pool->max_replicas_per_workload;
    condition.status = ConditionStatus::kFalse;
    condition.reason = "ReplicasAbovePool";
    condition.message = fmt::format(
        "spec.scaling.replicas.max: found {}, pool '{}' allows {}; no more than that run",
        scaling.replicas_max, scaling.pool, pool->max_replicas_per_workload);
  }
  return condition;
}

Condition paused_condition(bool paused) {
  return {.type = "Paused",
          .status = paused ? ConditionStatus::kTrue : ConditionStatus::kFalse,
          .reason = paused ? "Paused" : "Active",
          .message = {}};
}

ScalingRules rules_of(const resources::ScalingSpec& scaling,
                      const resources::ScheduleSpec& schedule, bool scheduled) {
  return {.mode = scaling.mode,
          .min = scaling.replicas_min,
          .max = scaling.replicas_max,
          .target_depth = scaling.target_queue_depth,
          .warm_window = std::chrono::seconds(scaling.warm_window_seconds),
          .cron = scheduled ? core::Cron::parse(schedule.cron) : std::nullopt,
          .window = std::chrono::seconds(schedule.lease_seconds)};
}

// What the two kinds have in common. The environment of the object's own is added by the caller.
template <class Spec>
PlannedWorkload plan(const resources::Object<Spec>& object, const Pools& pools,
                     const WorkerHost& host, bool scheduled) {
  const Spec& spec = *object.spec;
  PlannedWorkload planned;
  Workload& workload = planned.workload;
  workload = {.object = object.status_key,
              .kind = std::string(resources::kind_name(object.kind)),
              .name = object.metadata.name,
              .queue = object.metadata.name,
              .scaling = rules_of(spec.scaling, spec.schedule, scheduled),
              .held = spec.paused || !object.verdict.accepted,
              .command = {.argv = spec.worker.command,
                          .environment = host.inherited,
                          .directory = host.directory},
              .timeout = std::chrono::seconds(spec.worker.timeout_seconds)};
  if (!object.verdict.accepted) {
    refuse(workload, "NotAccepted",
           "no worker runs while the object's text is not accepted: " + object.verdict.message);
  }
  planned.conditions.push_back(resolve_pool(pools, spec.scaling, workload));
  planned.conditions.push_back(paused_condition(spec.paused));
  if (spec.worker.command.empty() && !spec.worker.push) {
    refuse(workload, "NoCommand",
           "spec.worker.command is missing: workers are started from it here; give the program and "
           "its arguments as a list");
  }
  return planned;
}

// What keeps a function from knowing which rows are done.
Condition resolve_namespaces(const resources::Catalog& catalog,
                             const std::set<std::string>& namespaces, bool stamp) {
  Condition condition{.type = "NamespacesResolved",
                      .status = ConditionStatus::kTrue,
                      .reason = "Resolved",
                      .message = {}};
  if (namespaces.empty()) {
    condition.status = ConditionStatus::kFalse;
    condition.reason = "NoMatch";
    condition.message = "no Index has the labels of spec.indexSelector";
  }
  for (const std::string& ns : namespaces) {
    const auto* index = catalog.index_for(ns);
    if (!stamp || (index != nullptr && !index->spec->stamp)) {
      condition.status = ConditionStatus::kFalse;
      condition.reason = "StampOff";
      condition.message = fmt::format(
          "rows of namespace '{}' do not get the time of their write, so nobody sees that they "
          "changed: set {}",
          ns, stamp ? "spec.stamp of its Index to true" : "--stamp on");
      break;
    }
  }
  return condition;
}

std::string print_names(const std::set<std::string>& names) {
  json::Writer out;
  out.begin_array();
  for (const std::string& name : names) {
    out.value(name);
  }
  out.end_array();
  return std::move(out).take();
}

void add_environment(Workload& workload, Environment own) {
  auto& all = workload.command.environment;
  all.insert(all.end(), std::make_move_iterator(own.begin()), std::make_move_iterator(own.end()));
}

}  // namespace

std::set<std::string> namespaces_of(const resources::Catalog& catalog,
                                    const resources::FunctionSpec& spec) {
  std::set<std::string> names(spec.target_namespaces.begin(), spec.target_namespaces.end());
  if (spec.index_selector.empty()) {
    return names;
  }
  for (const auto& index : catalog.all<resources::IndexSpec>()) {
    const auto has = [&](const auto& label) {
      const auto found = index.spec->labels.find(label.first);
      return found != index.spec->labels.end() && found->second == label.second;
    };
    if (index.in_force && std::ranges::all_of(spec.index_selector, has)) {
      names.emplace(resources::logical_namespace(index));
    }
  }
  return names;
}

std::vector<PlannedWorkload> plan_workloads(const resources::Catalog& catalog,
                                            const WorkerHost& host) {
  const Pools pools = pools_of(catalog);
  std::vector<PlannedWorkload> all;
  for (const auto& object : catalog.all<resources::PipelineSpec>()) {
    if (object.in_force) {
      PlannedWorkload planned = plan(object, pools, host, object.spec->scheduled);
      planned.workload.queue = object.spec->pipeline_id;
      planned.workload.source = host.pipelines;
      add_environment(planned.workload,
                      worker_environment(*object.spec, {.url = host.url, .key = host.key(object)}));
      all.push_back(std::move(planned));
    }
  }
  for (const auto& object : catalog.all<resources::FunctionSpec>()) {
    if (object.in_force) {
      PlannedWorkload planned = plan(object, pools, host, object.spec->on_schedule);
      planned.workload.source = host.functions;
      const auto namespaces = namespaces_of(catalog, *object.spec);
      planned.conditions.push_back(resolve_namespaces(catalog, namespaces, host.stamp));
      planned.fields.emplace("activeNamespaces", print_names(namespaces));
      add_environment(planned.workload,
                      worker_environment(object.metadata.name, *object.spec,
                                         {.url = host.url, .key = host.key(object)}));
      all.push_back(std::move(planned));
    }
  }
  return all;
}

}  // namespace layer::workers
