// `layer init NS`: give a namespace a layout, and its rows their shards.
#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

#include "cli/follow.h"
#include "cli/init_body.h"
#include "json/document.h"

namespace layer::cli {
namespace {

std::string body_of(const Session& session) {
  const char* proposed = std::getenv("LAYER_SHARD_COUNT");
  return init_body({.shards = session.flag("shards"),
                    .shards_of_environment = proposed == nullptr ? "" : proposed,
                    .schema_version = session.flag("schema-version"),
                    .scatter = session.flag("scatter"),
                    .reshard = !session.flag("reshard").empty()});
}

}  // namespace

int init(Session& session, const std::vector<std::string>& positionals) {
  Answer answer;
  const std::string target =
      fmt::format("/v2/namespaces/{}/init", http::encode_segment(positionals[0]));
  if (!session.call("POST", target, body_of(session), answer)) {
    return session.failure();
  }
  std::string_view job;
  const auto document = json::Document::parse(answer.body);
  const bool runs = document && document->root()["job_id"].get(job) == simdjson::SUCCESS;
  if (session.flag("watch").empty() || !runs) {
    fmt::print("{}\n", answer.body);
    return kOk;
  }
  return follow_job(session, "/v2/jobs/" + http::encode_segment(job));
}

}  // namespace layer::cli
