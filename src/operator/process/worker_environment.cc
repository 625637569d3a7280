#include "operator/process/worker_environment.h"

#include <array>
#include <cstdlib>

#include <fmt/format.h>

#include "json/document.h"

namespace layer::workers {
namespace {

constexpr std::string_view kPathWithout = "/usr/local/bin:/usr/bin:/bin";

void add(Environment& environment, std::string_view name, std::string_view value) {
  environment.push_back(fmt::format("{}={}", name, value));
}

void add_common(Environment& environment, const resources::WorkerSpec& worker,
                const resources::ScheduleSpec& schedule, const GatewayAccess& access) {
  add(environment, "HEVLAYER_BASE_URL", access.url);
  add(environment, "HEVLAYER_API_KEY", access.key);
  add(environment, "LAYER_GATEWAY_API_KEY", access.key);
  add(environment, "HEVLAYER_LEASE_SECONDS", fmt::to_string(schedule.lease_seconds));
  add(environment, "HEVLAYER_TIMEOUT_SECONDS", fmt::to_string(worker.timeout_seconds));
}

// The Warehouse that a source names, if it is an object with such a member.
std::string warehouse_of(const std::string& source_ref) {
  const auto document = json::Document::parse(source_ref);
  if (!document) {
    return {};
  }
  std::string_view name;
  return document->root()["warehouse"].get(name) == simdjson::SUCCESS ? std::string(name)
                                                                      : std::string();
}

}  // namespace

Environment inherited_environment() {
  Environment environment;
  for (const char* name : {"PATH", "HOME", "LANG", "TZ"}) {
    const char* value = std::getenv(name);
    if (value != nullptr) {
      add(environment, name, value);
    } else if (name == std::string_view("PATH")) {
      add(environment, name, kPathWithout);
    }
  }
  return environment;
}

Environment worker_environment(const resources::PipelineSpec& spec, const GatewayAccess& access) {
  Environment environment;
  add_common(environment, spec.worker, spec.schedule, access);
  add(environment, "HEVLAYER_PIPELINE_ID", spec.pipeline_id);
  add(environment, "HEVLAYER_TARGET_NAMESPACE", spec.target_namespace);
  add(environment, "HEVLAYER_BATCH_SIZE", fmt::to_string(spec.worker.batch_size));
  if (!spec.source_ref_json.empty()) {
    add(environment, "HEVLAYER_SOURCE_REF", spec.source_ref_json);
    if (const std::string warehouse = warehouse_of(spec.source_ref_json); !warehouse.empty()) {
      add(environment, "HEVLAYER_WAREHOUSE", warehouse);
    }
  }
  return environment;
}

Environment worker_environment(const std::string& function, const resources::FunctionSpec& spec,
                               const GatewayAccess& access) {
  Environment environment;
  add_common(environment, spec.worker, spec.schedule, access);
  add(environment, "HEVLAYER_UDF_ID", function);
  add(environment, "HEVLAYER_UDF_BATCH_SIZE", fmt::to_string(spec.worker.batch_size));
  add(environment, "HEVLAYER_UDF_VERSION", spec.version);
  return environment;
}

}  // namespace layer::workers
