// `layer pipeline list|get|create|delete|status|documents`.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <thread>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "cli/ask_first.h"
#include "cli/members.h"

namespace layer::cli {
namespace {

constexpr std::chrono::milliseconds kLookEvery{1000};

std::string pipeline_target(const std::string& id, std::string_view rest = {}) {
  return fmt::format("/v2/pipelines/{}{}", http::encode_segment(id), rest);
}

// "1,204 wait, 32 in work, 3 failed, 540 a minute"
std::string status_line(const boost::json::object& status) {
  return fmt::format("{} wait, {} in work, {} failed, {:.0f} a minute",
                     member_count(status, "pending_count"),
                     member_count(status, "processing_count"), member_count(status, "failed_count"),
                     member_number(status, "indexed_rate_per_min"));
}

}  // namespace

int pipeline_list(Session& session, const std::vector<std::string>&) {
  Answer answer;
  if (!session.call("GET", "/v2/pipelines", {}, answer)) {
    return session.failure();
  }
  print_list(session, answer.body, "pipelines",
             {"id", "target_namespace", "distance_metric", "created_at"});
  return kOk;
}

int pipeline_get(Session& session, const std::vector<std::string>& positionals) {
  Answer answer;
  if (!session.call("GET", pipeline_target(positionals[0]), {}, answer)) {
    return session.failure();
  }
  print_fields(session, answer.body);
  return kOk;
}

int pipeline_create(Session& session, const std::vector<std::string>& positionals) {
  boost::json::object body{{"id", positionals[0]}, {"target_namespace", positionals[1]}};
  if (!session.flag("distance-metric").empty()) {
    body["distance_metric"] = session.flag("distance-metric");
  }
  Answer answer;
  if (!session.call("POST", "/v2/pipelines", boost::json::serialize(body), answer)) {
    return session.failure();
  }
  print_fields(session, answer.body);
  return kOk;
}

int pipeline_delete(Session& session, const std::vector<std::string>& positionals) {
  if (!agreed(session,
              fmt::format("Delete pipeline {} with every document in it?", positionals[0]))) {
    return kUsage;
  }
  Answer answer;
  if (!session.call("DELETE", pipeline_target(positionals[0]), {}, answer)) {
    return session.failure();
  }
  if (session.json()) {
    fmt::print("{}\n", answer.body);
  } else {
    fmt::print("deleted {}\n", positionals[0]);
  }
  return kOk;
}

int pipeline_status(Session& session, const std::vector<std::string>& positionals) {
  const bool watch = !session.flag("watch").empty();
  const bool fresh = watch || !session.flag("fresh").empty();
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  for (;;) {
    Answer answer;
    if (!session.call("GET",
                      pipeline_target(positionals[0], fresh ? "/status?fresh=true" : "/status"), {},
                      answer)) {
      return session.failure();
    }
    const auto status = parse_object(answer.body);
    const bool over =
        member_count(status, "pending_count") + member_count(status, "processing_count") == 0;
    if (watch && terminal) {
      fmt::print(stderr, "\r\x1b[K{}{}", status_line(status), over ? "\n" : "");
    }
    if (!watch || over) {
      print_fields(session, answer.body);
      return kOk;
    }
    std::this_thread::sleep_for(kLookEvery);
  }
}

int pipeline_documents(Session& session, const std::vector<std::string>& positionals) {
  Answer answer;
  const std::string query = flags_query(session, {"stage", "prefix", "limit", "cursor"});
  if (!session.call("GET", pipeline_target(positionals[0], "/documents" + query), {}, answer)) {
    return session.failure();
  }
  print_list(session, answer.body, "documents",
             {"id", "stage", "attempts", "reason", "worker_id", "updated_at"});
  return kOk;
}

}  // namespace layer::cli
