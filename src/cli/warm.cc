// `layer warm NS`: fill the document cache with every row of a namespace.
#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "cli/follow.h"

namespace layer::cli {

int warm(Session& session, const std::vector<std::string>& positionals) {
  const std::string ns = "/v2/namespaces/" + http::encode_segment(positionals[0]);
  std::string query;
  for (const char* flag : {"page-size", "threads", "rows-per-second"}) {
    if (!session.flag(flag).empty()) {
      std::string name(flag);
      std::ranges::replace(name, '-', '_');
      query += fmt::format("{}{}={}", query.empty() ? '?' : '&', name,
                           http::encode_segment(session.flag(flag)));
    }
  }
  Answer answer;
  if (!session.call("POST", ns + "/warm" + query, {}, answer)) {
    return session.failure();
  }
  if (session.flag("watch").empty()) {
    print_job(session, answer.body);
    return kOk;
  }
  const std::string id = job_id(answer.body);
  if (id.empty()) {
    fmt::print(stderr, "layer: the server's answer has no job id\n");
    return kFailure;
  }
  return follow_job(session, fmt::format("{}/warm-jobs/{}", ns, http::encode_segment(id)));
}

}  // namespace layer::cli
