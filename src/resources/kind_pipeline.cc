// Pipeline: workers that turn documents of one queue into rows of a namespace.
#include <array>

#include "resources/kind_schemas.h"
#include "resources/read_node.h"
#include "resources/worker_fields.h"

namespace layer::resources {
namespace {

constexpr std::array<Field, 6> kOwnFields{{
    {.path = "target", .type = FieldType::kObject, .required = true, .help = "where rows go"},
    {.path = "target.namespace",
     .required = true,
     .spelling = &kNamespaceName,
     .help = "namespace the rows are written to"},
    {.path = "pipelineId",
     .spelling = &kIdName,
     .help = "the queue; the object's name when absent; several objects may share one"},
    {.path = "paused",
     .type = FieldType::kBool,
     .default_value = "false",
     .help = "no worker runs"},
    {.path = "sourceRef", .type = FieldType::kJson, .help = "handed to the worker as it is"},
    {.path = "schedule",
     .type = FieldType::kObject,
     .help = "when present, workers run in cron windows and while work is queued"},
}};
constexpr auto kFields = join_fields(kOwnFields, kWorkerFields, kScheduleFields);

AnySpec decode(const Node& spec, std::string_view name) {
  const WorkerSpec worker = decode_worker(spec);
  return PipelineSpec{
      .target_namespace = text(spec, "target.namespace"),
      .worker = worker,
      .scaling = decode_scaling(spec, worker),
      .pipeline_id = has(spec, "pipelineId") ? text(spec, "pipelineId") : std::string(name),
      .paused = flag(spec, "paused"),
      .source_ref_json = json(spec, "sourceRef"),
      .scheduled = has(spec, "schedule"),
      .schedule = decode_schedule(spec)};
}

void check(const Node& spec, std::string_view, Report& report) {
  check_worker(spec, report);
}

}  // namespace

const KindSchema& pipeline_schema() {
  static constexpr KindSchema kSchema{
      .kind = Kind::kPipeline,
      .help = "Workers that turn the documents of a queue into rows of a namespace.",
      .name_spelling = &kIdName,
      .fields = kFields,
      .check = check,
      .decode = decode};
  return kSchema;
}

}  // namespace layer::resources
