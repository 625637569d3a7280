// `layer init NS`: give a namespace a layout, and its rows their shards.
#include <cstdio>

#include <fmt/format.h>

#include "cli/follow.h"
#include "json/document.h"
#include "json/writer.h"

namespace layer::cli {
namespace {

// What is no number is the server's to refuse, like numbers out of range.
void put_number(json::Writer& out, const char* name, const std::string& text) {
  if (text.empty()) {
    return;
  }
  const bool digits = text.size() < 20 && text.find_first_not_of("0123456789") == std::string::npos;
  out.key(name);
  digits ? out.value(std::stoull(text)) : out.value(text);
}

std::string init_body(const Session& session) {
  json::Writer out;
  out.begin_object();
  put_number(out, "shard_count", session.flag("shards"));
  put_number(out, "schema_version", session.flag("schema-version"));
  if (!session.flag("scatter").empty()) {
    out.member("scatter", session.flag("scatter"));
  }
  if (!session.flag("reshard").empty()) {
    out.member("reshard", true);
  }
  out.end_object();
  return std::move(out).take();
}

}  // namespace

int init(Session& session, const std::vector<std::string>& positionals) {
  Answer answer;
  const std::string target =
      fmt::format("/v2/namespaces/{}/init", http::encode_segment(positionals[0]));
  if (!session.call("POST", target, init_body(session), answer)) {
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
