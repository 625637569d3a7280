// `layer fn list|get|status|plan|discover|items|pause|resume|reset-failed|delete`.
#include <cstdio>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "cli/ask_first.h"
#include "cli/environment.h"
#include "cli/function_file.h"
#include "cli/function_plan.h"
#include "cli/members.h"
#include "cli/table.h"

namespace layer::cli {
namespace {

constexpr std::uint64_t kSampleMax = 10'000;

std::string function_target(const std::string& id, std::string_view rest = {}) {
  return fmt::format("/v2/udfs/{}{}", http::encode_segment(id), rest);
}

int post(Session& session, const std::string& id, std::string_view what) {
  Answer answer;
  if (!session.call("POST", function_target(id, what), "{}", answer)) {
    return session.failure();
  }
  print_fields(session, answer.body);
  return kOk;
}

bool is_file(const std::string& name) {
  return name.ends_with(".yaml") || name.ends_with(".yml") || name.ends_with(".json");
}

}  // namespace

int fn_list(Session& session, const std::vector<std::string>&) {
  Answer answer;
  if (!session.call("GET", "/v2/udfs", {}, answer)) {
    return session.failure();
  }
  const auto body = parse_object(answer.body);
  const auto* list = member_list(body, "udfs");
  if (session.json() || list == nullptr) {
    fmt::print("{}\n", answer.body);
    return kOk;
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& item : *list) {
    const auto* function = item.if_object();
    const auto* spec = function == nullptr ? nullptr : member_object(*function, "spec");
    if (spec != nullptr) {
      rows.push_back({member_text(*function, "id"), member_text(*spec, "version"),
                      member_text(*spec, "inputs"), member_text(*spec, "target_namespaces"),
                      member_text(*function, "paused")});
    }
  }
  fmt::print("{}", format_table({"id", "version", "inputs", "namespaces", "paused"}, rows));
  return kOk;
}

int fn_get(Session& session, const std::vector<std::string>& positionals) {
  Answer answer;
  if (!session.call("GET", function_target(positionals[0]), {}, answer)) {
    return session.failure();
  }
  if (session.json()) {
    fmt::print("{}\n", answer.body);
    return kOk;
  }
  const auto body = parse_object(answer.body);
  for (const char* part : {"udf", "status"}) {
    if (const auto* fields = member_object(body, part); fields != nullptr) {
      print_fields(session, boost::json::serialize(*fields));
    }
  }
  return kOk;
}

int fn_status(Session& session, const std::vector<std::string>& positionals) {
  Answer answer;
  if (!session.call("GET", function_target(positionals[0], "/status"), {}, answer)) {
    return session.failure();
  }
  print_fields(session, answer.body);
  return kOk;
}

int fn_discover(Session& session, const std::vector<std::string>& positionals) {
  boost::json::object body;
  add_namespaces(session, body);
  const auto enqueued = discover_all(session, function_target(positionals[0]), std::move(body));
  if (!enqueued) {
    return session.failure();
  }
  print_fields(session, boost::json::serialize(boost::json::object{{"udf_id", positionals[0]},
                                                                   {"enqueued", *enqueued}}));
  return kOk;
}

int fn_plan(Session& session, const std::vector<std::string>& positionals) {
  // The file of -f; or what stands without a flag, a function's id or a file.
  std::string id = session.flag("file").empty() ? positionals[0] : session.flag("file");
  if (id.empty() || (!session.flag("file").empty() && !positionals[0].empty())) {
    fmt::print(stderr, "layer: give a function's id, or the file of one with -f\n");
    return kUsage;
  }
  boost::json::object body;
  if (!session.flag("file").empty() || is_file(id)) {
    auto file = read_function_file(id);
    if (!file) {
      fmt::print(stderr, "layer: {}\n", file.error().message);
      return kUsage;
    }
    id = file->name;
    body["spec"] = std::move(file->spec);
  }
  add_namespaces(session, body);
  if (!session.flag("sample").empty()) {
    const auto sample = parse_count("sample", session.flag("sample"), 0, kSampleMax);
    if (!sample) {
      fmt::print(stderr, "layer: {}\n", sample.error().message);
      return kUsage;
    }
    body["sample"] = *sample;
  }
  Answer answer;
  if (!session.call("POST", function_target(id, "/plan"), boost::json::serialize(body), answer)) {
    return session.failure();
  }
  fmt::print("{}", session.json() ? answer.body + "\n" : format_plan(parse_object(answer.body)));
  return kOk;
}

int fn_items(Session& session, const std::vector<std::string>& positionals) {
  const std::string query = flags_query(session, {"state", "namespace", "limit", "cursor"});
  Answer answer;
  if (!session.call("GET", function_target(positionals[0], "/items" + query), {}, answer)) {
    return session.failure();
  }
  print_list(session, answer.body, "items",
             {"namespace", "id", "state", "attempts", "error", "next_attempt_at"});
  return kOk;
}

int fn_pause(Session& session, const std::vector<std::string>& positionals) {
  return post(session, positionals[0], "/pause");
}

int fn_resume(Session& session, const std::vector<std::string>& positionals) {
  return post(session, positionals[0], "/resume");
}

int fn_reset_failed(Session& session, const std::vector<std::string>& positionals) {
  return post(session, positionals[0], "/reset-failed");
}

int fn_delete(Session& session, const std::vector<std::string>& positionals) {
  if (!agreed(session, fmt::format("Delete function {} with its queue?", positionals[0]))) {
    return kUsage;
  }
  Answer answer;
  if (!session.call("DELETE", function_target(positionals[0]), {}, answer)) {
    return session.failure();
  }
  if (session.json()) {
    fmt::print("{}\n", answer.body);
  } else {
    fmt::print("deleted {}\n", positionals[0]);
  }
  return kOk;
}

}  // namespace layer::cli
