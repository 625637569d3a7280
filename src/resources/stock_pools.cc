#include "resources/stock_pools.h"

#include <fmt/format.h>

namespace layer::resources {
namespace {

Labels node_selector(std::string_view kind) {
  return {{"layer.hev.dev/compute", std::string(kind)},
          {"layer.hev.dev/node-role", fmt::format("worker-{}", kind)}};
}

std::string tolerations(std::string_view kind) {
  std::string list;
  for (const auto& [key, value] : node_selector(kind)) {
    fmt::format_to(std::back_inserter(list),
                   R"({}{{"key":"{}","operator":"Equal","value":"{}","effect":"NoSchedule"}})",
                   list.empty() ? "" : ",", key, value);
  }
  return "[" + list + "]";
}

InfraRulesSpec::Pool pool(std::string name, std::string_view kind, Labels requests, Labels limits,
                          std::uint32_t replicas) {
  return {.name = std::move(name),
          .kind = std::string(kind),
          .gpu_type = {},
          .node_selector = node_selector(kind),
          .tolerations_json = tolerations(kind),
          .requests = std::move(requests),
          .limits = std::move(limits),
          .max_replicas_per_workload = replicas};
}

}  // namespace

std::vector<InfraRulesSpec::Pool> stock_pools() {
  return {
      pool("cpu", "cpu", {{"cpu", "1"}, {"memory", "2Gi"}}, {{"cpu", "2"}, {"memory", "4Gi"}}, 32),
      pool("cpu-large", "cpu", {{"cpu", "1"}, {"memory", "2Gi"}, {"ephemeral-storage", "35Gi"}},
           {{"cpu", "4"}, {"memory", "4Gi"}, {"ephemeral-storage", "40Gi"}}, 8),
      pool("gpu", "gpu", {{"cpu", "250m"}, {"memory", "4Gi"}, {"nvidia.com/gpu", "1"}},
           {{"cpu", "2"}, {"memory", "10Gi"}, {"nvidia.com/gpu", "1"}}, 4),
  };
}

}  // namespace layer::resources
