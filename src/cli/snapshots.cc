// `layer snapshot list|get|latest|diff`, `layer index snapshot` and `layer index policy`.
#include <algorithm>
#include <cstdio>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "cli/follow.h"
#include "cli/table.h"

namespace layer::cli {
namespace {

namespace json = boost::json;

std::string target(const std::string& ns, std::string_view rest) {
  return fmt::format("/v2/namespaces/{}/{}", http::encode_segment(ns), rest);
}

// The flags that were given, as a query string.
std::string query_of(const Session& session, std::initializer_list<const char*> flags) {
  std::string query;
  for (const char* flag : flags) {
    if (!session.flag(flag).empty()) {
      query += fmt::format("{}{}={}", query.empty() ? '?' : '&', flag,
                           http::encode_segment(session.flag(flag)));
    }
  }
  return query;
}

std::string member(const json::object& object, const char* name) {
  const auto* value = object.if_contains(name);
  return value == nullptr ? std::string() : cell(*value);
}

const json::array* list_of(const json::object& object, const char* name) {
  const auto* value = object.if_contains(name);
  return value == nullptr ? nullptr : value->if_array();
}

// One row for each value of each field.
void print_values(const json::object& body) {
  fmt::print("snapshot {} at {}, {} rows, {}\n", member(body, "sha").substr(0, 12),
             member(body, "watermark_ms"), member(body, "row_count"),
             member(body, "exact") == "true" ? "exact" : "not exact");
  std::vector<std::vector<std::string>> rows;
  for (const char* list : {"fields", "fields_skipped"}) {
    const auto* fields = list_of(body, list);
    for (const auto& field : fields != nullptr ? *fields : json::array()) {
      if (!field.is_object()) {
        continue;
      }
      const std::string name = member(field.as_object(), "name");
      const auto* values = list_of(field.as_object(), "values");
      if (values == nullptr) {
        rows.push_back({name, "(" + member(field.as_object(), "reason") + ")", ""});
        continue;
      }
      for (const auto& value : *values) {
        if (value.is_object()) {
          rows.push_back({name, member(value.as_object(), "v"), member(value.as_object(), "n")});
        }
      }
    }
  }
  fmt::print("{}", format_table({"field", "value", "rows"}, rows));
}

void add_changes(std::vector<std::vector<std::string>>& rows, const json::object& field,
                 const std::string& name) {
  for (const char* kind : {"appeared", "vanished", "grown", "shrunk"}) {
    const auto* changes = list_of(field, kind);
    for (const auto& change : changes != nullptr ? *changes : json::array()) {
      if (change.is_object()) {
        const json::object& object = change.as_object();
        const bool both = object.contains("from");
        rows.push_back({name, kind, member(object, "v"),
                        both ? fmt::format("{} -> {}", member(object, "from"), member(object, "to"))
                             : member(object, "n")});
      }
    }
  }
}

void print_diff(const json::object& diff) {
  std::vector<std::vector<std::string>> rows;
  if (const auto* fields = list_of(diff, "fields")) {
    for (const auto& field : *fields) {
      if (field.is_object()) {
        add_changes(rows, field.as_object(), member(field.as_object(), "field"));
      }
    }
  } else {
    add_changes(rows, diff, member(diff, "field"));
  }
  fmt::print("{}", format_table({"field", "change", "value", "rows"}, rows));
}

// The answer as it is, or as `print` shows it to a person.
int show(Session& session, const std::string& path, void (*print)(const json::object&)) {
  Answer answer;
  if (!session.call("GET", path, {}, answer)) {
    return session.failure();
  }
  boost::system::error_code ec;
  const auto parsed = json::parse(answer.body, ec);
  if (session.json() || ec || !parsed.is_object()) {
    fmt::print("{}\n", answer.body);
  } else {
    print(parsed.as_object());
  }
  return kOk;
}

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> out;
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    if (end > begin) {
      out.push_back(list.substr(begin, end - begin));
    }
    begin = end + 1;
  }
  return out;
}

json::array array_of(const std::vector<std::string>& texts) {
  json::array out;
  for (const std::string& text : texts) {
    out.emplace_back(text);
  }
  return out;
}

}  // namespace

int snapshot_list(Session& session, const std::vector<std::string>& positionals) {
  Answer answer;
  if (!session.call("GET",
                    target(positionals[0], "history") + query_of(session, {"limit", "before"}), {},
                    answer)) {
    return session.failure();
  }
  boost::system::error_code ec;
  const auto list = json::parse(answer.body, ec);
  if (session.json() || ec || !list.is_array()) {
    fmt::print("{}\n", answer.body);
    return kOk;
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& entry : list.as_array()) {
    if (entry.is_object()) {
      const json::object& object = entry.as_object();
      rows.push_back(
          {member(object, "watermark_ms"), member(object, "sha"), member(object, "tags")});
    }
  }
  fmt::print("{}", format_table({"watermark_ms", "sha", "checkpoints"}, rows));
  return kOk;
}

int snapshot_get(Session& session, const std::vector<std::string>& positionals) {
  return show(session,
              target(positionals[0], "snapshots/") + http::encode_segment(positionals[1]) +
                  query_of(session, {"field"}),
              print_values);
}

int snapshot_latest(Session& session, const std::vector<std::string>& positionals) {
  return show(session, target(positionals[0], "snapshots/latest") + query_of(session, {"field"}),
              print_values);
}

int snapshot_diff(Session& session, const std::vector<std::string>& positionals) {
  return show(session,
              target(positionals[0], "snapshots/diff") +
                  query_of(session, {"field", "from", "to", "limit"}),
              print_diff);
}

// What a job with filters counted: one row for each value of each field.
void print_counts(const json::object& results) {
  std::vector<std::vector<std::string>> rows;
  if (const auto* values = list_of(results, "values")) {
    for (const auto& value : *values) {
      if (value.is_object()) {
        const json::object& one = value.as_object();
        rows.push_back({member(one, "field"), member(one, "v"), member(one, "n")});
      }
    }
  }
  fmt::print("{}", format_table({"field", "value", "rows"}, rows));
}

int index_snapshot(Session& session, const std::vector<std::string>& positionals) {
  if (!session.filters_are_json()) {
    return kUsage;
  }
  json::object body{{"fields", array_of(split(session.flag("field")))}};
  if (!session.flag("source").empty()) {
    body["source"] = session.flag("source");
  }
  const std::string& filters = session.flag("filters");
  if (!filters.empty()) {
    body["filters"] = json::parse(filters);
  }
  Answer answer;
  if (!session.call("POST", target(positionals[0], "snapshots"), json::serialize(body), answer)) {
    return session.failure();
  }
  if (session.flag("watch").empty()) {
    print_job(session, answer.body);
    return kOk;
  }
  const std::string job =
      target(positionals[0], "snapshot-jobs/") + http::encode_segment(job_id(answer.body));
  const int code = follow_job(session, job);
  if (code != kOk || filters.empty() || session.json()) {
    return code;
  }
  return show(session, job + "/results?limit=10000", print_counts);
}

int index_policy(Session& session, const std::vector<std::string>& positionals) {
  const std::string path = target(positionals[0], "snapshot-policy");
  json::object policy;
  if (!session.flag("facet-fields").empty()) {
    policy["facetFields"] = array_of(split(session.flag("facet-fields")));
  }
  for (const char* flag : {"interval", "retention"}) {
    if (!session.flag(flag).empty()) {
      policy[flag] = session.flag(flag);
    }
  }
  Answer answer;
  const bool sets = !policy.empty();
  if (!session.call(sets ? "PUT" : "GET", path, sets ? json::serialize(policy) : "", answer)) {
    return session.failure();
  }
  print_job(session, answer.body);
  return kOk;
}

}  // namespace layer::cli
