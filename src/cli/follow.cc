#include "cli/follow.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "cli/table.h"

namespace layer::cli {
namespace {

constexpr std::chrono::milliseconds kLookEvery{500};
constexpr std::size_t kBarWidth = 30;

boost::json::object parse(const std::string& body) {
  boost::system::error_code ec;
  auto value = boost::json::parse(body, ec);
  return !ec && value.is_object() ? std::move(value.as_object()) : boost::json::object();
}

double number(const boost::json::object& object, const char* name) {
  const auto* value = object.if_contains(name);
  boost::system::error_code ec;
  const double found = value == nullptr ? 0 : value->to_number<double>(ec);
  return ec ? 0 : found;
}

std::string text(const boost::json::object& object, const char* name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

bool is_over(const std::string& status) {
  return status == "completed" || status == "failed" || status == "cancelled";
}

}  // namespace

std::string job_id(const std::string& body) {
  return text(parse(body), "id");
}

std::string progress_line(const std::string& job_json) {
  const auto job = parse(job_json);
  const double progress = std::clamp(number(job, "progress"), 0.0, 1.0);
  const auto done = static_cast<std::size_t>(progress * kBarWidth);
  std::string line = fmt::format("[{}{}] {:3.0f} %  {} rows", std::string(done, '#'),
                                 std::string(kBarWidth - done, '.'), progress * 100,
                                 static_cast<std::uint64_t>(number(job, "documents_scanned")));
  if (job.contains("eta_ms")) {
    line += fmt::format(", {:.0f} s left", number(job, "eta_ms") / 1000);
  }
  return line;
}

void print_job(const Session& session, const std::string& body) {
  const auto job = parse(body);
  if (session.json() || job.empty()) {
    fmt::print("{}\n", body);
    return;
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& member : job) {
    rows.push_back({std::string(member.key()), cell(member.value())});
  }
  fmt::print("{}", format_table({"field", "value"}, rows));
}

int follow_job(Session& session, const std::string& target) {
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  for (;;) {
    Answer answer;
    if (!session.call("GET", target, {}, answer)) {
      return session.failure();
    }
    const std::string status = text(parse(answer.body), "status");
    if (terminal) {
      fmt::print(stderr, "\r\x1b[K{}", progress_line(answer.body));
    }
    if (is_over(status)) {
      fmt::print(stderr, "{}", terminal ? "\n" : "");
      print_job(session, answer.body);
      return status == "completed" ? kOk : kFailure;
    }
    std::this_thread::sleep_for(kLookEvery);
  }
}

}  // namespace layer::cli
