// `layer explain NS JSON`: what a query with the gateway's own fields would ask the store for.
#include <fmt/format.h>
#include <boost/json.hpp>

#include "cli/session.h"
#include "cli/table.h"

namespace layer::cli {
namespace json = boost::json;

int explain(Session& session, const std::vector<std::string>& positionals) {
  Answer answer;
  if (!session.call("POST",
                    "/v2/namespaces/" + http::encode_segment(positionals[0]) + "/explain_query",
                    positionals[1], answer)) {
    return session.failure();
  }
  json::error_code ec;
  const auto plan = json::parse(answer.body, ec);
  const auto* layer = !ec && plan.is_object() ? plan.as_object().if_contains("layer") : nullptr;
  if (session.json() || layer == nullptr || !layer->is_object()) {
    fmt::print("{}\n", answer.body);
    return kOk;
  }
  const json::object& found = layer->as_object();
  const auto text = [](const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value == nullptr ? std::string() : cell(*value);
  };
  fmt::print("route {}  upstream calls {}  source {}\n", text(found, "route"),
             text(found, "upstream_calls"), text(found, "source"));
  std::vector<std::vector<std::string>> rows;
  if (const auto* legs = found.if_contains("legs"); legs != nullptr && legs->is_array()) {
    for (const auto& leg : legs->as_array()) {
      if (leg.is_object()) {
        const auto& one = leg.as_object();
        rows.push_back({text(one, "label"), text(one, "top_k"), text(one, "shards"),
                        text(one, "rank_by"), text(one, "filters")});
      }
    }
  }
  fmt::print("{}", format_table({"leg", "top_k", "shards", "rank_by", "filters"}, rows));
  return kOk;
}

}  // namespace layer::cli
