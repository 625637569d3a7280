// `layer ns list`: follows the list's cursor to its end.
#include <cstdio>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "cli/session.h"
#include "cli/table.h"

namespace layer::cli {

int ns_list(Session& session, const std::vector<std::string>&) {
  std::vector<std::vector<std::string>> rows;
  boost::json::array names;
  std::string cursor;
  do {
    std::string target = "/v1/namespaces?page_size=1000";
    if (!session.flag("prefix").empty()) {
      target += "&prefix=" + http::encode_segment(session.flag("prefix"));
    }
    if (!cursor.empty()) {
      target += "&cursor=" + http::encode_segment(cursor);
    }
    Answer answer;
    if (!session.call("GET", target, {}, answer)) {
      return session.failure();
    }
    boost::system::error_code ec;
    const auto page = boost::json::parse(answer.body, ec);
    const auto* list =
        !ec && page.is_object() ? page.as_object().if_contains("namespaces") : nullptr;
    if (list == nullptr || !list->is_array()) {
      fmt::print(stderr, "layer: the server's answer is not a list of namespaces\n");
      return kFailure;
    }
    for (const auto& entry : list->as_array()) {
      const auto* id = entry.is_object() ? entry.as_object().if_contains("id") : nullptr;
      if (id != nullptr && id->is_string()) {
        rows.push_back({std::string(id->as_string())});
        names.push_back(entry);
      }
    }
    const auto* next = page.as_object().if_contains("next_cursor");
    cursor = next != nullptr && next->is_string() ? std::string(next->as_string()) : "";
  } while (!cursor.empty());
  if (session.json()) {
    fmt::print("{}\n", boost::json::serialize(names));
  } else {
    fmt::print("{}", format_table({"name"}, rows));
  }
  return kOk;
}

}  // namespace layer::cli
