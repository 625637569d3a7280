// `layer ns delete NS`.
#include <cstdio>

#include <fmt/format.h>

#include "cli/session.h"

namespace layer::cli {

int ns_delete(Session& session, const std::vector<std::string>& positionals) {
  Answer answer;
  if (!session.call("DELETE", "/v2/namespaces/" + http::encode_segment(positionals[0]), {},
                    answer)) {
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
