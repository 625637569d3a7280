// `layer jobs list|get|cancel|follow`: background jobs.
#include <cstdio>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "cli/follow.h"
#include "cli/table.h"

namespace layer::cli {
namespace {

std::string job_target(const std::string& id) {
  return "/v2/jobs/" + http::encode_segment(id);
}

}  // namespace

int jobs_list(Session& session, const std::vector<std::string>&) {
  std::string query;
  for (const char* flag : {"kind", "namespace", "status", "owner", "cursor"}) {
    if (!session.flag(flag).empty()) {
      query += fmt::format("{}{}={}", query.empty() ? '?' : '&', flag,
                           http::encode_segment(session.flag(flag)));
    }
  }
  Answer answer;
  if (!session.call("GET", "/v2/jobs" + query, {}, answer)) {
    return session.failure();
  }
  boost::system::error_code ec;
  const auto list = boost::json::parse(answer.body, ec);
  const auto* jobs = ec || !list.is_object() ? nullptr : list.as_object().if_contains("jobs");
  if (session.json() || jobs == nullptr || !jobs->is_array()) {
    fmt::print("{}\n", answer.body);
    return kOk;
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& job : jobs->as_array()) {
    std::vector<std::string> row;
    for (const char* field : {"id", "kind", "namespace", "status", "progress", "owner"}) {
      const auto* value = job.is_object() ? job.as_object().if_contains(field) : nullptr;
      row.push_back(value == nullptr ? std::string() : cell(*value));
    }
    rows.push_back(std::move(row));
  }
  fmt::print("{}", format_table({"id", "kind", "namespace", "status", "progress", "owner"}, rows));
  return kOk;
}

int jobs_get(Session& session, const std::vector<std::string>& positionals) {
  Answer answer;
  if (!session.call("GET", job_target(positionals[0]), {}, answer)) {
    return session.failure();
  }
  print_job(session, answer.body);
  return kOk;
}

int jobs_cancel(Session& session, const std::vector<std::string>& positionals) {
  Answer answer;
  if (!session.call("DELETE", job_target(positionals[0]), {}, answer)) {
    return session.failure();
  }
  print_job(session, answer.body);
  return kOk;
}

int jobs_follow(Session& session, const std::vector<std::string>& positionals) {
  return follow_job(session, job_target(positionals[0]));
}

}  // namespace layer::cli
