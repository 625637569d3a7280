// Index: where a namespace lives and what the gateway does for it.
#include <array>

#include "resources/kind_schemas.h"
#include "resources/read_node.h"

namespace layer::resources {
namespace {

constexpr std::array<Field, 37> kFields{{
    {.path = "backend",
     .type = FieldType::kObject,
     .default_value = "{}",
     .help = "where the rows are"},
    {.path = "backend.storeRef",
     .spelling = &kObjectName,
     .help = "store; the default one when absent"},
    {.path = "backend.namespace",
     .spelling = &kNamespaceName,
     .help = "namespace in the store; the object's name when absent"},
    {.path = "backend.distanceMetric",
     .default_value = "cosine_distance",
     .choices = "cosine_distance euclidean_squared",
     .help = "of writes the gateway makes itself"},
    {.path = "consistency",
     .default_value = "eventual",
     .choices = "eventual stable strong",
     .help = "of queries that name no level; eventual passes the caller's on, strong means stable"},
    {.path = "stamp",
     .type = FieldType::kBool,
     .default_value = "true",
     .help = "write stamps into rows"},
    {.path = "cache", .type = FieldType::kObject, .help = "document cache"},
    {.path = "cache.ttl",
     .type = FieldType::kDuration,
     .required = true,
     .min = 1'000,
     .help = "how long a cached row may be served"},
    {.path = "cache.mode",
     .default_value = "standard",
     .choices = "standard staging",
     .help = "staging fills on writes only"},
    {.path = "cache.capGiB",
     .type = FieldType::kInteger,
     .min = 1,
     .max = 1'000'000,
     .help = "share of the cache"},
    {.path = "cache.writers",
     .default_value = "any",
     .choices = "any gateway",
     .help = "gateway: nothing else writes to this namespace"},
    {.path = "snapshot", .type = FieldType::kObject, .default_value = "{}", .help = "facet values"},
    {.path = "snapshot.facetFields",
     .type = FieldType::kTextList,
     .default_value = "[]",
     .max = 100,
     .spelling = &kAttributeName,
     .help = "attributes whose values are counted"},
    {.path = "snapshot.interval",
     .type = FieldType::kDuration,
     .default_value = "5m",
     .min = 1'000,
     .help = "least time between two snapshots"},
    {.path = "snapshot.retention",
     .type = FieldType::kDurationOrNever,
     .default_value = "never",
     .min = 1'000,
     .help = "when they are removed"},
    {.path = "scan", .type = FieldType::kObject, .default_value = "{}", .help = "scans"},
    {.path = "scan.threads",
     .type = FieldType::kInteger,
     .default_value = "8",
     .min = 1,
     .max = 32,
     .help = "pages read at a time"},
    {.path = "search", .type = FieldType::kObject, .default_value = "{}", .help = "search"},
    {.path = "search.fullText",
     .type = FieldType::kBool,
     .default_value = "false",
     .help = "accepted, without effect"},
    {.path = "embedding",
     .type = FieldType::kObject,
     .help = "profile that must agree before federated results merge by distance"},
    {.path = "embedding.model", .required = true, .max = 256, .help = "model"},
    {.path = "embedding.normalization", .max = 64, .help = "normalization, as the model names it"},
    {.path = "embedding.outputDim",
     .type = FieldType::kInteger,
     .min = 1,
     .max = 10'752,
     .help = "dimensions"},
    {.path = "blobs", .type = FieldType::kObject, .default_value = "{}", .help = "blobs"},
    {.path = "blobs.referenceAttributes",
     .type = FieldType::kTextList,
     .default_value = "[]",
     .max = 100,
     .spelling = &kAttributeName,
     .help = "attributes that hold blob:// references"},
    {.path = "history",
     .type = FieldType::kObject,
     .default_value = "{}",
     .help = "search history"},
    {.path = "history.mode",
     .default_value = "all",
     .choices = "all tagged off",
     .help = "tagged: only requests with history headers"},
    {.path = "history.retention",
     .type = FieldType::kDurationOrNever,
     .default_value = "never",
     .min = 1'000,
     .help = "when records are removed, in whole days"},
    {.path = "history.redact",
     .type = FieldType::kObjectList,
     .default_value = "[]",
     .max = 100,
     .help = "replacements made before a record is kept"},
    {.path = "history.redact[].pattern", .required = true, .max = 1024, .help = "RE2 expression"},
    {.path = "history.redact[].replace",
     .default_value = "[redacted]",
     .min = 0,
     .max = 256,
     .help = "what stands in its place"},
    {.path = "history.presets",
     .type = FieldType::kTextList,
     .default_value = "[]",
     .choices = "email phone card",
     .help = "stock expressions"},
    {.path = "history.drop",
     .type = FieldType::kTextList,
     .default_value = "[]",
     .choices = "raw_query filters client_id user_id session_id top_result_ids query",
     .help = "members that are never kept"},
    {.path = "metadata",
     .type = FieldType::kObject,
     .default_value = "{}",
     .help = "shown in lists; functions select by its labels"},
    {.path = "metadata.labels",
     .type = FieldType::kTextMap,
     .default_value = "{}",
     .max = 256,
     .help = "labels"},
    {.path = "metadata.annotations",
     .type = FieldType::kTextMap,
     .default_value = "{}",
     .max = 256,
     .help = "annotations"},
    {.path = "metadata.tags",
     .type = FieldType::kTextList,
     .default_value = "[]",
     .max = 256,
     .help = "tags"},
}};

AnySpec decode(const Node& spec, std::string_view name) {
  const std::string mode = text(spec, "history.mode");
  IndexSpec index;
  index.store = text(spec, "backend.storeRef");
  index.physical_namespace =
      has(spec, "backend.namespace") ? text(spec, "backend.namespace") : std::string(name);
  index.distance_metric = text(spec, "backend.distanceMetric");
  index.stable = text(spec, "consistency") != "eventual";
  index.stamp = flag(spec, "stamp");
  if (has(spec, "cache")) {
    index.cache = {.ttl = duration(spec, "cache.ttl"),
                   .staging = text(spec, "cache.mode") == "staging",
                   .cap_gib = optional_integer<std::uint64_t>(spec, "cache.capGiB"),
                   .writers_gateway_only = text(spec, "cache.writers") == "gateway"};
  }
  index.facet_fields = texts(spec, "snapshot.facetFields");
  index.snapshot_interval = duration(spec, "snapshot.interval");
  index.snapshot_retention = duration(spec, "snapshot.retention");
  index.scan_threads = number_as<std::uint32_t>(spec, "scan.threads");
  if (has(spec, "embedding")) {
    index.embedding = {.model = text(spec, "embedding.model"),
                       .normalization = text(spec, "embedding.normalization"),
                       .output_dim = optional_integer<std::uint32_t>(spec, "embedding.outputDim")};
  }
  index.blob_attributes = texts(spec, "blobs.referenceAttributes");
  index.history = mode == "off"      ? IndexSpec::History::kOff
                  : mode == "tagged" ? IndexSpec::History::kTagged
                                     : IndexSpec::History::kAll;
  index.history_retention = duration(spec, "history.retention");
  for (const Node& rule : items(spec, "history.redact")) {
    index.history_redact.push_back(
        {.pattern = text(rule, "pattern"), .replace = text(rule, "replace")});
  }
  index.history_presets = texts(spec, "history.presets");
  index.history_drop = texts(spec, "history.drop");
  index.labels = labels(spec, "metadata.labels");
  index.annotations = labels(spec, "metadata.annotations");
  index.tags = texts(spec, "metadata.tags");
  return index;
}

void check(const Node& spec, std::string_view name, Report& report) {
  if (!has(spec, "backend.namespace") && !is_namespace_name(name)) {
    report.add_at(spec, "backend.namespace",
                  "is missing, and the object's name is no namespace name",
                  "a namespace name has at most 128 characters");
  }
}

}  // namespace

const KindSchema& index_schema() {
  static constexpr KindSchema kSchema{
      .kind = Kind::kIndex,
      .help = "Settings of one namespace: where it lives and what the gateway does for it.",
      .name_spelling = &kObjectName,
      .fields = kFields,
      .check = check,
      .decode = decode};
  return kSchema;
}

}  // namespace layer::resources
