#include "cli/history_request.h"

#include <algorithm>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "cli/table.h"
#include "http/headers.h"

namespace layer::cli {

namespace json = boost::json;

std::string history_target(const Session& session, const std::string& ns, std::string_view rest,
                           std::initializer_list<const char*> flags) {
  std::string target = fmt::format("/v2/namespaces/{}/{}", http::encode_segment(ns), rest);
  char separator = '?';
  const auto add = [&](const std::string& name, const std::string& value) {
    target += fmt::format("{}{}={}", separator, name, http::encode_segment(value));
    separator = '&';
  };
  for (const char* flag : flags) {
    const std::string& value = session.flag(flag);
    if (value.empty()) {
      continue;
    }
    std::string name = flag;
    std::ranges::replace(name, '-', '_');
    if (name == "contains") {
      name = "raw_query";
    }
    if (name != "tag") {
      add(name, value);
      continue;
    }
    std::string_view tags = value;
    while (const auto tag = http::next_list_element(tags)) {
      add(name, std::string(*tag));
    }
  }
  return target;
}

std::string history_member(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value == nullptr || value->is_null() ? std::string() : cell(*value);
}

std::string asked_words(const json::object& entry) {
  if (std::string raw = history_member(entry, "raw_query"); !raw.empty()) {
    return raw;
  }
  const auto* query = entry.if_contains("query");
  if (query == nullptr || !query->is_object()) {
    return {};
  }
  const json::object& members = query->as_object();
  if (std::string text = history_member(members, "text"); !text.empty()) {
    return text;
  }
  if (const std::string legs = history_member(members, "leg_count"); !legs.empty()) {
    return "(" + legs + " queries)";
  }
  const std::string kind = history_member(members, "kind");
  return kind.empty() ? std::string()
                      : fmt::format("({} {})", kind, history_member(members, "field"));
}

std::vector<std::string> query_row(const json::object& entry) {
  const auto* ms = entry.if_contains("duration_ms");
  const bool number = ms != nullptr && ms->is_number();
  return {history_member(entry, "timestamp"),
          asked_words(entry),
          history_member(entry, "result_count"),
          number ? fmt::format("{:.1f}", ms->to_number<double>()) : std::string(),
          history_member(entry, "status"),
          history_member(entry, "client_id"),
          history_member(entry, "query_id")};
}

std::vector<std::string> click_row(const json::object& event) {
  return {history_member(event, "timestamp"), history_member(event, "action"),
          history_member(event, "doc_id"),    history_member(event, "position"),
          history_member(event, "source"),    history_member(event, "query_id")};
}

}  // namespace layer::cli
