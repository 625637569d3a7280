// `layer ns get NS`: the namespace's metadata.
#include <cstdio>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "cli/session.h"
#include "cli/table.h"

namespace layer::cli {

int ns_get(Session& session, const std::vector<std::string>& positionals) {
  Answer answer;
  if (!session.call("GET", "/v2/namespaces/" + http::encode_segment(positionals[0]) + "/metadata",
                    {}, answer)) {
    return session.failure();
  }
  boost::system::error_code ec;
  const auto metadata = boost::json::parse(answer.body, ec);
  if (session.json() || ec || !metadata.is_object()) {
    fmt::print("{}\n", answer.body);
    return kOk;
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& member : metadata.as_object()) {
    rows.push_back({std::string(member.key()), cell(member.value())});
  }
  fmt::print("{}", format_table({"field", "value"}, rows));
  return kOk;
}

}  // namespace layer::cli
