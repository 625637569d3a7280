// `layer count NS`: how many rows match.
#include <cstdio>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "cli/session.h"

namespace layer::cli {

int count(Session& session, const std::vector<std::string>& positionals) {
  if (!session.filters_are_json()) {
    return kUsage;
  }
  std::string body = R"({"mode":"count")";
  if (const std::string& filters = session.flag("filters"); !filters.empty()) {
    body += R"(,"filters":)" + filters;
  }
  if (const std::string& source = session.flag("source"); !source.empty()) {
    body += R"(,"source":)" + boost::json::serialize(boost::json::string(source));
  }
  body += '}';
  Answer answer;
  if (!session.call("POST", "/v2/namespaces/" + http::encode_segment(positionals[0]) + "/scans",
                    std::move(body), answer)) {
    return session.failure();
  }
  boost::system::error_code ec;
  const auto result = boost::json::parse(answer.body, ec);
  const auto* rows = !ec && result.is_object() ? result.as_object().if_contains("count") : nullptr;
  if (session.json() || rows == nullptr) {
    fmt::print("{}\n", answer.body);
    return kOk;
  }
  fmt::print("{}\n", boost::json::serialize(*rows));
  if (result.as_object().contains("bounded")) {
    fmt::print(stderr, "layer: there are at least as many; the count was cut short\n");
  }
  return kOk;
}

}  // namespace layer::cli
