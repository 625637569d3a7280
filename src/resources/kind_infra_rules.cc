// InfraRules: where workers run and how large the shared cache is. One object, called default.
#include <array>
#include <set>

#include <fmt/format.h>

#include "resources/kind_schemas.h"
#include "resources/read_node.h"
#include "resources/stock_pools.h"

namespace layer::resources {
namespace {

constexpr std::array<Field, 23> kFields{{
    {.path = "computePools",
     .type = FieldType::kObjectList,
     .max = 64,
     .help = "the stock pools when absent: cpu, cpu-large, gpu"},
    {.path = "computePools[].name",
     .required = true,
     .spelling = &kObjectName,
     .help = "what scaling.pool names"},
    {.path = "computePools[].kind", .required = true, .choices = "cpu gpu", .help = "class"},
    {.path = "computePools[].gpuType", .max = 128, .help = "model of the GPU"},
    {.path = "computePools[].nodeSelector",
     .type = FieldType::kTextMap,
     .default_value = "{}",
     .max = 64,
     .help = "labels of its nodes"},
    {.path = "computePools[].tolerations",
     .type = FieldType::kObjectList,
     .default_value = "[]",
     .max = 64,
     .help = "taints its workers tolerate"},
    {.path = "computePools[].tolerations[].key", .max = 320, .help = "taint"},
    {.path = "computePools[].tolerations[].operator",
     .default_value = "Equal",
     .choices = "Equal Exists",
     .help = "how it is compared"},
    {.path = "computePools[].tolerations[].value", .min = 0, .max = 64, .help = "value"},
    {.path = "computePools[].tolerations[].effect",
     .choices = "NoSchedule PreferNoSchedule NoExecute",
     .help = "effect; any when absent"},
    {.path = "computePools[].tolerations[].tolerationSeconds",
     .type = FieldType::kInteger,
     .min = 0,
     .help = "how long NoExecute is tolerated"},
    {.path = "computePools[].resources",
     .type = FieldType::kObject,
     .default_value = "{}",
     .help = "of one worker"},
    {.path = "computePools[].resources.requests",
     .type = FieldType::kQuantityMap,
     .default_value = "{}",
     .max = 32,
     .help = "what it is promised"},
    {.path = "computePools[].resources.limits",
     .type = FieldType::kQuantityMap,
     .default_value = "{}",
     .max = 32,
     .help = "what it may use"},
    {.path = "computePools[].maxReplicasPerWorkload",
     .type = FieldType::kInteger,
     .required = true,
     .min = 1,
     .max = 10'000,
     .help = "workers of one object at most"},
    {.path = "documentCache",
     .type = FieldType::kObject,
     .default_value = "{}",
     .help = "shared document cache"},
    {.path = "documentCache.capGiB",
     .type = FieldType::kInteger,
     .default_value = "256",
     .min = 1,
     .max = 1'000'000,
     .help = "size"},
    {.path = "documentCache.replicationFactor",
     .type = FieldType::kInteger,
     .default_value = "1",
     .min = 1,
     .max = 8,
     .help = "copies of each record"},
    {.path = "documentCache.scaling",
     .type = FieldType::kObject,
     .default_value = "{}",
     .help = "number of nodes"},
    {.path = "documentCache.scaling.mode",
     .default_value = "autoscale",
     .choices = "autoscale fixed",
     .help = "fixed keeps nodes.min"},
    {.path = "documentCache.scaling.nodes",
     .type = FieldType::kObject,
     .default_value = "{}",
     .help = "bounds"},
    {.path = "documentCache.scaling.nodes.min",
     .type = FieldType::kInteger,
     .default_value = "0",
     .min = 0,
     .max = 1'000,
     .help = "nodes that always run"},
    {.path = "documentCache.scaling.nodes.max",
     .type = FieldType::kInteger,
     .default_value = "1",
     .min = 0,
     .max = 1'000,
     .help = "nodes at most"},
}};

void check(const Node& spec, std::string_view name, Report& report) {
  if (name != "default") {
    report.add_at(spec, "", "only the object called default is read", "call it default",
                  "NotDefault");
  }
  std::set<std::string> names;
  const auto& pools = items(spec, "computePools");
  for (std::size_t i = 0; i < pools.size(); ++i) {
    const std::string pool = text(pools[i], "name");
    if (!pool.empty() && !names.insert(pool).second) {
      report.add_at(spec, fmt::format("computePools[{}].name", i),
                    fmt::format("the name '{}' is used twice", pool));
    }
  }
  const std::int64_t least = integer(spec, "documentCache.scaling.nodes.min");
  const std::int64_t most = integer(spec, "documentCache.scaling.nodes.max");
  if (least > most) {
    report.add_at(spec, "documentCache.scaling.nodes.min",
                  fmt::format("found {}, more than nodes.max {}", least, most));
  }
}

AnySpec decode(const Node& spec, std::string_view) {
  InfraRulesSpec rules{
      .pools = {},
      .cache_cap_gib = number_as<std::uint64_t>(spec, "documentCache.capGiB"),
      .cache_replication_factor = number_as<std::uint32_t>(spec, "documentCache.replicationFactor"),
      .cache_autoscale = text(spec, "documentCache.scaling.mode") == "autoscale",
      .cache_nodes_min = number_as<std::uint32_t>(spec, "documentCache.scaling.nodes.min"),
      .cache_nodes_max = number_as<std::uint32_t>(spec, "documentCache.scaling.nodes.max")};
  for (const Node& pool : items(spec, "computePools")) {
    rules.pools.push_back(
        {.name = text(pool, "name"),
         .kind = text(pool, "kind"),
         .gpu_type = text(pool, "gpuType"),
         .node_selector = labels(pool, "nodeSelector"),
         .tolerations_json = json(pool, "tolerations"),
         .requests = labels(pool, "resources.requests"),
         .limits = labels(pool, "resources.limits"),
         .max_replicas_per_workload = number_as<std::uint32_t>(pool, "maxReplicasPerWorkload")});
  }
  if (!has(spec, "computePools")) {
    rules.pools = stock_pools();
  }
  return rules;
}

}  // namespace

const KindSchema& infra_rules_schema() {
  static constexpr KindSchema kSchema{
      .kind = Kind::kInfraRules,
      .help = "Where workers run and how large the shared cache is; one object, called default.",
      .cluster_scoped = true,
      .name_spelling = &kObjectName,
      .fields = kFields,
      .check = check,
      .decode = decode};
  return kSchema;
}

}  // namespace layer::resources
