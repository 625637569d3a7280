#include "resources/print.h"

#include <ctime>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "json/writer.h"

namespace layer::resources {
namespace {

void print_labels(json::Writer& writer, std::string_view name, const Labels& labels) {
  if (labels.empty()) {
    return;
  }
  writer.key(name).begin_object();
  for (const auto& [key, value] : labels) {
    writer.member(key, value);
  }
  writer.end_object();
}

void print_status(json::Writer& writer, const Status& status) {
  writer.begin_object();
  writer.member("observedGeneration", status.observed_generation);
  writer.key("conditions").begin_array();
  for (const Condition& condition : status.conditions) {
    writer.begin_object()
        .member("type", condition.type)
        .member("status", name(condition.status))
        .member("reason", condition.reason)
        .member("message", condition.message)
        .member("lastTransitionTime", print_time(condition.last_transition_ms))
        .end_object();
  }
  writer.end_array();
  for (const auto& [field, value] : status.fields) {
    writer.key(field).raw(value);
  }
  writer.end_object();
}

}  // namespace

std::string print_time(std::int64_t epoch_ms) {
  const std::time_t seconds = epoch_ms / 1000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(seconds));
}

std::string print_resource(const Resource& resource, const Status& status) {
  json::Writer writer;
  writer.begin_object();
  writer.member("apiVersion", api_version(resource.kind));
  writer.member("kind", kind_name(resource.kind));
  writer.key("metadata").begin_object();
  writer.member("name", resource.metadata.name);
  print_labels(writer, "labels", resource.metadata.labels);
  print_labels(writer, "annotations", resource.metadata.annotations);
  writer.member("generation", resource.metadata.generation);
  writer.end_object();
  if (resource.spec_json != nullptr) {
    writer.key("spec").raw(*resource.spec_json);
  }
  writer.key("status");
  print_status(writer, status);
  writer.end_object();
  return std::move(writer).take();
}

}  // namespace layer::resources
