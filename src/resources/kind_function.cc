// Function: workers that compute attributes or vectors of rows, once per row and version.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "resources/kind_schemas.h"
#include "resources/read_node.h"
#include "resources/worker_fields.h"

namespace layer::resources {
namespace {

constexpr std::array<Field, 15> kOwnFields{{
    {.path = "indexSelector",
     .type = FieldType::kTextMap,
     .min = 1,
     .max = 64,
     .help = "namespaces whose Index carries these spec.metadata.labels"},
    {.path = "targetNamespaces",
     .type = FieldType::kTextList,
     .min = 1,
     .max = 1000,
     .spelling = &kNamespaceName,
     .help = "namespaces by name"},
    {.path = "inputs",
     .type = FieldType::kTextList,
     .default_value = "[]",
     .max = 256,
     .spelling = &kAttributeName,
     .help = "attributes handed to the worker, in this order"},
    {.path = "version",
     .default_value = "v1",
     .max = 64,
     .help = "a new one selects every row again"},
    {.path = "filter",
     .type = FieldType::kJson,
     .help = "only rows that match; a filter as in queries"},
    {.path = "schedule",
     .type = FieldType::kObject,
     .default_value = "{}",
     .help = "sweeps and leases"},
    {.path = "retry", .type = FieldType::kObject, .default_value = "{}", .help = "failed rows"},
    {.path = "retry.maxAttempts",
     .type = FieldType::kInteger,
     .default_value = "8",
     .min = 1,
     .max = 1000,
     .help = "attempts before a row counts as failed"},
    {.path = "retry.initialBackoffSeconds",
     .type = FieldType::kInteger,
     .default_value = "5",
     .min = 0,
     .max = 86'400,
     .help = "pause before the second attempt, doubled for each further one"},
    {.path = "retry.maxBackoffSeconds",
     .type = FieldType::kInteger,
     .default_value = "300",
     .min = 0,
     .max = 86'400,
     .help = "longest pause"},
    {.path = "triggers",
     .type = FieldType::kTextList,
     .default_value = "discovery",
     .choices = "discovery write schedule",
     .min = 1,
     .max = 3,
     .help = "what selects rows"},
    {.path = "invalidates",
     .type = FieldType::kTextList,
     .default_value = "[]",
     .max = 64,
     .spelling = &kIdName,
     .help = "functions whose results for the row are stale afterwards"},
    {.path = "output", .type = FieldType::kObject, .default_value = "{}", .help = "results"},
    {.path = "output.vectorAttribute",
     .default_value = "vector",
     .spelling = &kAttributeName,
     .help = "column that a returned vector goes to"},
    {.path = "paused",
     .type = FieldType::kBool,
     .default_value = "false",
     .help = "no sweep, no claim, no worker"},
}};
constexpr auto kFields = join_fields(kOwnFields, kWorkerFields, kScheduleFields);

bool names_trigger(const Node& spec, std::string_view trigger) {
  return std::ranges::any_of(items(spec, "triggers"),
                             [&](const Node& item) { return item.text == trigger; });
}

void check(const Node& spec, std::string_view name, Report& report) {
  check_worker(spec, report);
  if (!has(spec, "indexSelector") && !has(spec, "targetNamespaces")) {
    report.add_at(spec, "", "names no rows to work on",
                  "give targetNamespaces, indexSelector, or both");
  }
  const std::int64_t initial = integer(spec, "retry.initialBackoffSeconds");
  const std::int64_t most = integer(spec, "retry.maxBackoffSeconds");
  if (initial > most) {
    report.add_at(spec, "retry.initialBackoffSeconds",
                  fmt::format("found {}, more than retry.maxBackoffSeconds {}", initial, most));
  }
  const auto& invalidated = items(spec, "invalidates");
  for (std::size_t i = 0; i < invalidated.size(); ++i) {
    if (invalidated[i].text == name) {
      report.add_at(spec, fmt::format("invalidates[{}]", i),
                    "a function cannot invalidate itself: it would never be done");
    }
  }
}

AnySpec decode(const Node& spec, std::string_view) {
  const WorkerSpec worker = decode_worker(spec);
  return FunctionSpec{
      .worker = worker,
      .scaling = decode_scaling(spec, worker),
      .index_selector = labels(spec, "indexSelector"),
      .target_namespaces = texts(spec, "targetNamespaces"),
      .inputs = texts(spec, "inputs"),
      .version = text(spec, "version"),
      .filter_json = json(spec, "filter"),
      .schedule = decode_schedule(spec),
      .retry_attempts_max = number_as<std::uint32_t>(spec, "retry.maxAttempts"),
      .retry_initial_seconds = number_as<std::uint32_t>(spec, "retry.initialBackoffSeconds"),
      .retry_max_seconds = number_as<std::uint32_t>(spec, "retry.maxBackoffSeconds"),
      .on_discovery = names_trigger(spec, "discovery"),
      .on_write = names_trigger(spec, "write"),
      .on_schedule = names_trigger(spec, "schedule"),
      .invalidates = texts(spec, "invalidates"),
      .output_vector_attribute = text(spec, "output.vectorAttribute"),
      .paused = flag(spec, "paused")};
}

}  // namespace

const KindSchema& function_schema() {
  static constexpr KindSchema kSchema{
      .kind = Kind::kFunction,
      .help = "Workers that compute attributes or vectors of rows, once per row and version.",
      .name_spelling = &kIdName,
      .fields = kFields,
      .check = check,
      .decode = decode};
  return kSchema;
}

}  // namespace layer::resources
