#include "features/functions/function_spec.h"

#include <algorithm>

#include <fmt/format.h>

#include "features/functions/spec_reader.h"
#include "features/namespaces/layout.h"
#include "json/path.h"
#include "json/writer.h"
#include "json/wrong_member.h"
#include "resources/names.h"
#include "wire/filter_parse.h"

namespace layer::features::functions {
namespace {

constexpr std::string_view kReserved = "_hevlayer_";
constexpr TextRule kName{.bytes_max = kNameBytesMax};
constexpr TextRule kText{.bytes_max = kTextBytesMax};
constexpr std::uint64_t kDay = 86'400;

// A number of seconds or of things into `out`.
template <class T>
Result<void> read_into(T& out, const std::string& path, const json::Value& value, NumberRule rule) {
  LAYER_ASSIGN(const std::uint64_t number, read_number(path, value, rule));
  out = T(number);
  return {};
}

Result<void> unknown(const std::string& path) {
  return json::wrong_member(path, "is no member of a function");
}

Result<Worker> read_worker(const json::Value& value) {
  LAYER_ASSIGN(const json::Object members, read_object("worker", value));
  Worker worker;
  for (const auto& [name, member] : members) {
    const std::string path = fmt::format("worker.{}", name);
    if (name == "image") {
      LAYER_ASSIGN(worker.image, read_text(path, member, {0, kTextBytesMax}));
    } else if (name == "url") {
      LAYER_ASSIGN(worker.url, read_text(path, member, kText));
      if (!worker.url.starts_with("http://") && !worker.url.starts_with("https://")) {
        return json::wrong_member(path, "expected an http or https URL");
      }
    } else if (name == "port") {
      LAYER_ASSIGN(const std::uint64_t port, read_number(path, member, {1, 65'535}));
      worker.port = static_cast<std::uint16_t>(port);
    } else if (name == "command") {
      LAYER_ASSIGN(worker.command, read_words(path, member, kCommandWordsMax, {0, kTextBytesMax}));
    } else if (name == "batch_size") {
      LAYER_TRY(read_into(worker.batch_size, path, member, {1, kBatchSizeMax}));
    } else if (name == "timeout_seconds") {
      LAYER_TRY(read_into(worker.timeout, path, member, {1, 3600}));
    } else if (name == "pod_spec") {
      LAYER_TRY(read_object(path, member));
      worker.pod_spec = simdjson::minify(member);
    } else {
      LAYER_TRY(unknown(path));
    }
  }
  return worker;
}

Result<Schedule> read_schedule(const json::Value& value) {
  LAYER_ASSIGN(const json::Object members, read_object("schedule", value));
  Schedule schedule;
  for (const auto& [name, member] : members) {
    const std::string path = fmt::format("schedule.{}", name);
    if (name == "discovery_interval_seconds") {
      LAYER_TRY(read_into(schedule.discovery_interval, path, member, {1, kDay}));
    } else if (name == "lease_seconds") {
      LAYER_TRY(read_into(schedule.lease, path, member, {5, 7200}));
    } else if (name == "max_in_flight_batches") {
      LAYER_TRY(read_into(schedule.in_flight_batches_max, path, member, {1, 256}));
    } else if (name == "max_concurrent_scans") {
      LAYER_TRY(read_into(schedule.concurrent_scans_max, path, member, {1, 64}));
    } else if (name == "cron") {
      LAYER_ASSIGN(schedule.cron, read_text(path, member, kName));
      if (!resources::is_cron(schedule.cron)) {
        return json::wrong_member(
            path, "expected five cron fields with a single number for the minute: \"0 * * * *\"");
      }
    } else {
      LAYER_TRY(unknown(path));
    }
  }
  return schedule;
}

Result<queue::RetryPolicy> read_retry(const json::Value& value) {
  LAYER_ASSIGN(const json::Object members, read_object("retry", value));
  queue::RetryPolicy retry;
  std::chrono::seconds initial{5};
  std::chrono::seconds longest{300};
  for (const auto& [name, member] : members) {
    const std::string path = fmt::format("retry.{}", name);
    if (name == "max_attempts") {
      LAYER_TRY(read_into(retry.attempts_max, path, member, {1, 1000}));
    } else if (name == "initial_backoff_seconds") {
      LAYER_TRY(read_into(initial, path, member, {0, kDay}));
    } else if (name == "max_backoff_seconds") {
      LAYER_TRY(read_into(longest, path, member, {0, kDay}));
    } else {
      LAYER_TRY(unknown(path));
    }
  }
  if (longest < initial) {
    return json::wrong_member("retry.max_backoff_seconds", "is less than initial_backoff_seconds");
  }
  retry.initial = initial;
  retry.longest = longest;
  return retry;
}

Result<Triggers> read_triggers(const json::Value& value) {
  LAYER_ASSIGN(const auto names, read_names("triggers", value, 3, kName));
  Triggers triggers;
  for (const std::string& name : names) {
    if (name == "discovery") {
      triggers.discovery = true;
    } else if (name == "write") {
      triggers.write = true;
    } else if (name == "schedule") {
      triggers.schedule = true;
    } else {
      return json::wrong_member("triggers", "expected discovery, write or schedule");
    }
  }
  return triggers;
}

// The store knows its operators; the schema is looked at when the filter runs.
Result<std::string> read_filter(const json::Value& value) {
  std::string text = simdjson::minify(value);
  if (auto parsed = wire::parse_filter(value, json::Path(text)); !parsed) {
    return json::wrong_member("filter", parsed.error().message);
  }
  return text;
}

Result<std::string> read_output(const json::Value& value) {
  LAYER_ASSIGN(const json::Object members, read_object("output", value));
  std::string attribute = "vector";
  for (const auto& [name, member] : members) {
    const std::string path = fmt::format("output.{}", name);
    if (name != "vector_attribute") {
      LAYER_TRY(unknown(path));
    }
    LAYER_ASSIGN(attribute, read_text(path, member, kName));
  }
  return attribute;
}

Result<void> read_member(FunctionSpec& spec, std::string_view name, const json::Value& value) {
  const std::string path(name);
  if (name == "index_selector") {
    LAYER_ASSIGN(spec.index_selector, read_labels(path, value, kNamesMax, kName));
  } else if (name == "target_namespaces") {
    LAYER_ASSIGN(spec.target_namespaces, read_names(path, value, kTargetsMax, kName));
  } else if (name == "inputs") {
    LAYER_ASSIGN(spec.inputs, read_names(path, value, kNamesMax, kName));
  } else if (name == "version") {
    LAYER_ASSIGN(spec.version, read_text(path, value, kName));
  } else if (name == "filter") {
    if (!value.is_null()) {
      LAYER_ASSIGN(spec.filter, read_filter(value));
    }
  } else if (name == "worker") {
    LAYER_ASSIGN(spec.worker, read_worker(value));
  } else if (name == "schedule") {
    LAYER_ASSIGN(spec.schedule, read_schedule(value));
  } else if (name == "retry") {
    LAYER_ASSIGN(spec.retry, read_retry(value));
  } else if (name == "triggers") {
    LAYER_ASSIGN(spec.triggers, read_triggers(value));
  } else if (name == "invalidates") {
    LAYER_ASSIGN(spec.invalidates, read_names(path, value, kNamesMax, kName));
  } else if (name == "output") {
    LAYER_ASSIGN(spec.vector_attribute, read_output(value));
  } else {
    return unknown(path);
  }
  return {};
}

Result<void> check(const FunctionSpec& spec) {
  if (spec.index_selector.empty() && spec.target_namespaces.empty()) {
    return json::wrong_member("target_namespaces",
                              "at least one of index_selector and target_namespaces is needed");
  }
  for (const std::string& ns : spec.target_namespaces) {
    if (!namespaces::is_namespace_name(ns)) {
      return json::wrong_member("target_namespaces", fmt::format("'{}' is no namespace", ns));
    }
  }
  for (const std::string& input : spec.inputs) {
    if (input.starts_with(kReserved)) {
      return json::wrong_member("inputs", fmt::format("'{}' is reserved", input));
    }
    if (input == spec.vector_attribute) {
      return json::wrong_member("output.vector_attribute", "is one of the inputs");
    }
  }
  if (spec.vector_attribute == "id" || spec.vector_attribute.starts_with(kReserved)) {
    return json::wrong_member("output.vector_attribute", "is reserved");
  }
  for (const std::string& id : spec.invalidates) {
    if (!check_function_id(id)) {
      return json::wrong_member("invalidates", fmt::format("'{}' is no id of a function", id));
    }
  }
  return {};
}

void write_names(json::Writer& out, std::string_view key, const std::vector<std::string>& names) {
  out.key(key).begin_array();
  for (const std::string& name : names) {
    out.value(name);
  }
  out.end_array();
}

void write_worker(json::Writer& out, const Worker& worker) {
  out.key("worker").begin_object().member("image", worker.image);
  if (!worker.url.empty()) {
    out.member("url", worker.url);
  }
  if (worker.port) {
    out.member("port", *worker.port);
  }
  if (!worker.command.empty()) {
    write_names(out, "command", worker.command);
  }
  out.member("batch_size", worker.batch_size);
  out.member("timeout_seconds", worker.timeout.count());
  if (!worker.pod_spec.empty()) {
    out.key("pod_spec").raw(worker.pod_spec);
  }
  out.end_object();
}

void write_schedule(json::Writer& out, const Schedule& schedule) {
  out.key("schedule").begin_object();
  out.member("discovery_interval_seconds", schedule.discovery_interval.count());
  out.member("lease_seconds", schedule.lease.count());
  out.member("max_in_flight_batches", schedule.in_flight_batches_max);
  out.member("max_concurrent_scans", schedule.concurrent_scans_max);
  out.member("cron", schedule.cron);
  out.end_object();
}

std::vector<std::string> names_of(const Triggers& triggers) {
  std::vector<std::string> names;
  for (const auto& [set, name] :
       {std::pair(triggers.discovery, "discovery"), std::pair(triggers.write, "write"),
        std::pair(triggers.schedule, "schedule")}) {
    if (set) {
      names.emplace_back(name);
    }
  }
  return names;
}

std::int64_t seconds(std::chrono::milliseconds duration) {
  return std::chrono::duration_cast<std::chrono::seconds>(duration).count();
}

}  // namespace

Result<FunctionSpec> parse_spec(std::string_view json) {
  const auto document = json::Document::parse(std::string(json));
  if (!document) {
    return json::wrong_member("spec", "expected a JSON object");
  }
  LAYER_ASSIGN(const json::Object members, read_object("spec", document->root()));
  FunctionSpec spec;
  for (const auto& [name, value] : members) {
    LAYER_TRY(read_member(spec, name, value));
  }
  LAYER_TRY(check(spec));
  return spec;
}

std::string print_spec(const FunctionSpec& spec) {
  json::Writer out;
  out.begin_object();
  if (!spec.index_selector.empty()) {
    out.key("index_selector").begin_object();
    for (const auto& [name, value] : spec.index_selector) {
      out.member(name, value);
    }
    out.end_object();
  }
  write_names(out, "target_namespaces", spec.target_namespaces);
  write_names(out, "inputs", spec.inputs);
  out.member("version", spec.version);
  if (!spec.filter.empty()) {
    out.key("filter").raw(spec.filter);
  }
  write_worker(out, spec.worker);
  write_schedule(out, spec.schedule);
  out.key("retry").begin_object().member("max_attempts", spec.retry.attempts_max);
  out.member("initial_backoff_seconds", seconds(spec.retry.initial));
  out.member("max_backoff_seconds", seconds(spec.retry.longest)).end_object();
  write_names(out, "triggers", names_of(spec.triggers));
  write_names(out, "invalidates", spec.invalidates);
  out.key("output").begin_object().member("vector_attribute", spec.vector_attribute).end_object();
  out.end_object();
  return std::move(out).take();
}

Result<void> check_function_id(std::string_view id) {
  const auto inner = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  if (id.empty() || id.size() > kFunctionIdBytesMax || id.front() == '-' ||
      !std::ranges::all_of(id, inner)) {
    return json::wrong_member(
        "id", fmt::format("expected 1 to {} characters of a-z, 0-9 and -, the first of them no -",
                          kFunctionIdBytesMax));
  }
  return {};
}

bool selects(const FunctionSpec& spec, const std::map<std::string, std::string>& labels) {
  return !spec.index_selector.empty() &&
         std::ranges::all_of(spec.index_selector, [&](const auto& wanted) {
           const auto found = labels.find(wanted.first);
           return found != labels.end() && found->second == wanted.second;
         });
}

Result<void> check_cycles(const Invalidations& all) {
  enum class Mark : std::uint8_t { kNew, kOpen, kDone };
  std::map<std::string_view, Mark> marks;
  struct Step {
    std::string_view id;
    std::size_t next = 0;
  };
  for (const auto& [start, ignored] : all) {
    std::vector<Step> path{{.id = start}};
    while (!path.empty()) {
      Step& step = path.back();
      Mark& mark = marks[step.id];
      const auto found = all.find(std::string(step.id));
      if (mark == Mark::kDone || found == all.end() || step.next == found->second.size()) {
        mark = Mark::kDone;
        path.pop_back();
        continue;
      }
      mark = Mark::kOpen;
      const std::string_view next = found->second[step.next++];
      if (marks[next] == Mark::kOpen) {
        return json::wrong_member(
            "invalidates",
            fmt::format("function '{}' would invalidate itself, through '{}'", next, step.id));
      }
      path.push_back({.id = next});
    }
  }
  return {};
}

Markers markers_of(std::string_view function) {
  std::string stem = fmt::format("_hevlayer_udf_{}", function);
  std::ranges::replace(stem, '-', '_');
  return {.version = stem + "_v",
          .stale_after = stem + "_stale_after",
          .hash = stem + "_h",
          .at = stem + "_at"};
}

}  // namespace layer::features::functions
