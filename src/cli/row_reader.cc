#include "cli/row_reader.h"

#include <map>
#include <utility>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "cli/members.h"

namespace layer::cli {

namespace json = boost::json;

std::optional<json::array> query_rows(Session& session, const std::string& ns,
                                      const json::object& query) {
  Answer answer;
  const std::string target = fmt::format("/v2/namespaces/{}/query", http::encode_segment(ns));
  if (!session.call("POST", target, json::serialize(query), answer)) {
    return std::nullopt;
  }
  const auto body = parse_object(answer.body);
  const auto* rows = member_list(body, "rows");
  return rows == nullptr ? json::array() : *rows;
}

std::optional<Rows> read_rows(Session& session, const json::array& items) {
  std::map<std::string, json::array> ids;
  for (const auto& item : items) {
    const auto* each = item.if_object();
    if (each != nullptr && each->contains("id")) {
      ids[member_text(*each, "namespace")].push_back(each->at("id"));
    }
  }
  Rows found;
  for (auto& [ns, some] : ids) {
    const std::size_t count = some.size();
    const auto rows = query_rows(session, ns,
                                 {{"rank_by", {"id", "asc"}},
                                  {"top_k", count},
                                  {"filters", {"id", "In", std::move(some)}},
                                  {"include_attributes", true}});
    if (!rows) {
      return std::nullopt;
    }
    for (const auto& row : *rows) {
      if (const auto* each = row.if_object(); each != nullptr && each->contains("id")) {
        found[{ns, json::serialize(each->at("id"))}] = *each;
      }
    }
  }
  return found;
}

}  // namespace layer::cli
