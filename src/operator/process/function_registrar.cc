#include "operator/process/function_registrar.h"

#include <utility>

#include "json/writer.h"

namespace layer::workers {
namespace {

void write_names(json::Writer& out, std::string_view name, const std::vector<std::string>& names) {
  out.key(name).begin_array();
  for (const std::string& each : names) {
    out.value(each);
  }
  out.end_array();
}

void write_worker(json::Writer& out, const resources::WorkerSpec& worker) {
  out.key("worker").begin_object();
  if (!worker.image.empty()) {
    out.member("image", worker.image);
  }
  if (!worker.url.empty()) {
    out.member("url", worker.url);
  }
  if (worker.port) {
    out.member("port", *worker.port);
  }
  if (!worker.command.empty()) {
    write_names(out, "command", worker.command);
  }
  out.member("batch_size", worker.batch_size).member("timeout_seconds", worker.timeout_seconds);
  if (!worker.pod_spec_json.empty()) {
    out.key("pod_spec").raw(worker.pod_spec_json);
  }
  out.end_object();
}

void write_triggers(json::Writer& out, const resources::FunctionSpec& spec) {
  std::vector<std::string> triggers;
  for (const auto& [on, name] :
       {std::pair{spec.on_discovery, "discovery"}, std::pair{spec.on_write, "write"},
        std::pair{spec.on_schedule, "schedule"}}) {
    if (on) {
      triggers.emplace_back(name);
    }
  }
  write_names(out, "triggers", triggers);
}

// Trying again changes nothing.
bool is_refusal(const Error& error) {
  return error.code == ErrorCode::kValidation || error.code == ErrorCode::kInvalidArgument ||
         error.code == ErrorCode::kConflict || error.code == ErrorCode::kRateLimited;
}

}  // namespace

std::string print_function_spec(const resources::FunctionSpec& spec) {
  json::Writer out;
  out.begin_object();
  if (!spec.index_selector.empty()) {
    out.key("index_selector").begin_object();
    for (const auto& [label, value] : spec.index_selector) {
      out.member(label, value);
    }
    out.end_object();
  }
  write_names(out, "target_namespaces", spec.target_namespaces);
  write_names(out, "inputs", spec.inputs);
  out.member("version", spec.version);
  if (!spec.filter_json.empty()) {
    out.key("filter").raw(spec.filter_json);
  }
  write_worker(out, spec.worker);
  out.key("schedule").begin_object();
  if (!spec.schedule.cron.empty()) {
    out.member("cron", spec.schedule.cron);
  }
  out.member("discovery_interval_seconds", spec.schedule.discovery_interval_seconds)
      .member("lease_seconds", spec.schedule.lease_seconds)
      .member("max_in_flight_batches", spec.schedule.max_in_flight_batches)
      .member("max_concurrent_scans", spec.schedule.max_concurrent_scans)
      .end_object();
  out.key("retry")
      .begin_object()
      .member("max_attempts", spec.retry_attempts_max)
      .member("initial_backoff_seconds", spec.retry_initial_seconds)
      .member("max_backoff_seconds", spec.retry_max_seconds)
      .end_object();
  write_triggers(out, spec);
  write_names(out, "invalidates", spec.invalidates);
  out.key("output").begin_object().member("vector_attribute", spec.output_vector_attribute);
  out.end_object().end_object();
  return std::move(out).take();
}

async::Task<Registrar::Outcome> FunctionRegistrar::bring_in_line(
    std::shared_ptr<const resources::Catalog> catalog) {
  Outcome outcome;
  Names wanted;
  for (const auto& object : catalog->all<resources::FunctionSpec>()) {
    if (!object.in_force) {
      continue;
    }
    wanted.insert(object.metadata.name);
    if (!service_) {
      outcome.told.push_back(
          {object.status_key, not_registered("NoQueue",
                                             "functions need a queue database "
                                             "(--database-url), and it is off")});
      continue;
    }
    const auto done = co_await put(object.metadata.name, {.spec = print_function_spec(*object.spec),
                                                          .paused = object.spec->paused});
    auto condition = done                       ? registered()
                     : is_refusal(done.error()) ? not_registered("Refused", done.error().message)
                                                : not_yet_registered(done.error().message);
    outcome.done = outcome.done && condition.status != resources::ConditionStatus::kUnknown;
    outcome.told.push_back({object.status_key, std::move(condition)});
  }
  if (service_ && !co_await remove_others(wanted)) {
    outcome.done = false;
  }
  co_return outcome;
}

async::Task<Result<void>> FunctionRegistrar::put(std::string id, Wanted wanted) {
  if (const auto known = known_.find(id); known != known_.end() && known->second == wanted) {
    const auto found = co_await service_->find(id);
    if (found || found.error().code != ErrorCode::kNotFound) {
      co_return found;
    }
  }
  // Remembered first: a function that was registered and is not known to be a resource's would stay
  // for ever.
  LAYER_CO_TRY(co_await load());
  if (!names_->contains(id)) {
    Names names = *names_;
    names.insert(id);
    LAYER_CO_TRY(co_await remember(std::move(names)));
  }
  LAYER_CO_TRY(co_await service_->put(id, wanted.spec, wanted.paused));
  known_.insert_or_assign(std::move(id), std::move(wanted));
  co_return Result<void>{};
}

async::Task<Result<void>> FunctionRegistrar::load() {
  if (!names_) {
    LAYER_CO_ASSIGN(names_, co_await service_->load());
  }
  co_return Result<void>{};
}

async::Task<Result<void>> FunctionRegistrar::remember(Names names) {
  LAYER_CO_TRY(co_await service_->save(names));
  names_ = std::move(names);
  co_return Result<void>{};
}

async::Task<bool> FunctionRegistrar::remove_others(const Names& wanted) {
  if (!co_await load()) {
    co_return false;
  }
  Names left;
  bool done = true;
  for (const std::string& name : *names_) {
    if (wanted.contains(name)) {
      left.insert(name);
      continue;
    }
    known_.erase(name);
    const auto removed = co_await service_->remove(name);
    if (!removed && removed.error().code != ErrorCode::kNotFound) {
      left.insert(name);
      done = false;
    }
  }
  if (left != *names_) {
    done = (co_await remember(std::move(left))).has_value() && done;
  }
  co_return done;
}

}  // namespace layer::workers
