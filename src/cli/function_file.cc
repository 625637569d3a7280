#include "cli/function_file.h"

#include <utility>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "resources/limits.h"
#include "resources/parse_object.h"
#include "resources/read_text.h"
#include "resources/walk.h"

namespace layer::cli {
namespace {

namespace json = boost::json;

json::array list_of(const std::vector<std::string>& texts) {
  return json::array(texts.begin(), texts.end());
}

// Texts that were checked when the resource was read.
json::value parsed(const std::string& text) {
  boost::system::error_code ec;
  return json::parse(text, ec);
}

json::object worker_json(const resources::WorkerSpec& worker) {
  json::object out{{"batch_size", worker.batch_size}, {"timeout_seconds", worker.timeout_seconds}};
  if (!worker.image.empty()) {
    out["image"] = worker.image;
  }
  if (!worker.url.empty()) {
    out["url"] = worker.url;
  }
  if (worker.port) {
    out["port"] = *worker.port;
  }
  if (!worker.command.empty()) {
    out["command"] = list_of(worker.command);
  }
  if (!worker.pod_spec_json.empty()) {
    out["pod_spec"] = parsed(worker.pod_spec_json);
  }
  return out;
}

json::array triggers_json(const resources::FunctionSpec& spec) {
  json::array triggers;
  for (const auto& [on, name] :
       {std::pair(spec.on_discovery, "discovery"), std::pair(spec.on_write, "write"),
        std::pair(spec.on_schedule, "schedule")}) {
    if (on) {
      triggers.emplace_back(name);
    }
  }
  return triggers;
}

}  // namespace

json::object function_spec_json(const resources::FunctionSpec& spec) {
  json::object out{{"inputs", list_of(spec.inputs)},
                   {"version", spec.version},
                   {"worker", worker_json(spec.worker)},
                   {"schedule",
                    {{"discovery_interval_seconds", spec.schedule.discovery_interval_seconds},
                     {"lease_seconds", spec.schedule.lease_seconds},
                     {"max_in_flight_batches", spec.schedule.max_in_flight_batches},
                     {"max_concurrent_scans", spec.schedule.max_concurrent_scans}}},
                   {"retry",
                    {{"max_attempts", spec.retry_attempts_max},
                     {"initial_backoff_seconds", spec.retry_initial_seconds},
                     {"max_backoff_seconds", spec.retry_max_seconds}}},
                   {"triggers", triggers_json(spec)},
                   {"invalidates", list_of(spec.invalidates)},
                   {"output", json::object{{"vector_attribute", spec.output_vector_attribute}}}};
  if (!spec.target_namespaces.empty()) {
    out["target_namespaces"] = list_of(spec.target_namespaces);
  }
  if (!spec.index_selector.empty()) {
    json::object selector;
    for (const auto& [label, value] : spec.index_selector) {
      selector[label] = value;
    }
    out["index_selector"] = std::move(selector);
  }
  if (!spec.filter_json.empty()) {
    out["filter"] = parsed(spec.filter_json);
  }
  return out;
}

Result<FunctionFile> parse_function_file(std::string_view text, const std::string& file) {
  const auto read = resources::parse_objects(text, resources::format_of(file), file);
  if (!read.mistakes.empty()) {
    std::string all;
    for (const auto& mistake : read.mistakes) {
      all += (all.empty() ? "" : "\n") + to_string(mistake);
    }
    return fail(ErrorCode::kInvalidArgument, std::move(all));
  }
  const resources::ParsedObject* found = nullptr;
  for (const auto& object : read.objects) {
    if (object.kind == resources::Kind::kFunction) {
      if (found != nullptr) {
        return fail(ErrorCode::kInvalidArgument, file + ": holds several Functions");
      }
      found = &object;
    }
  }
  if (found == nullptr || found->spec == nullptr) {
    return fail(ErrorCode::kInvalidArgument, file + ": holds no Function");
  }
  const auto& spec = std::get<resources::FunctionSpec>(*found->spec);
  return FunctionFile{.name = found->name, .spec = function_spec_json(spec), .paused = spec.paused};
}

Result<FunctionFile> read_function_file(const std::string& file) {
  LAYER_ASSIGN(const std::string text,
               resources::read_bounded(file, resources::limits::file_bytes_max));
  return parse_function_file(text, file);
}

}  // namespace layer::cli
