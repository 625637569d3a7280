// `layer history export|purge` and `layer ubi send`: search history as files, and out again.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "cli/follow.h"
#include "cli/history_request.h"
#include "cli/line_stream.h"

namespace layer::cli {
namespace {

namespace json = boost::json;

// Of one request (rule HI6 of the contract).
constexpr std::size_t kEventsMax = 1000;
constexpr std::size_t kEventBytesMax = std::size_t{1} << 20;

struct Totals {
  std::int64_t accepted = 0;
  std::int64_t rejected = 0;
};

// `first`: number of the first line in the file.
bool send_events(Session& session, const std::string& target, const std::string& lines,
                 std::size_t first, Totals& totals) {
  Answer answer;
  if (!session.call("POST", target, lines, answer)) {
    return false;
  }
  boost::system::error_code ec;
  const auto body = json::parse(answer.body, ec);
  if (ec || !body.is_object()) {
    return true;
  }
  const json::object& members = body.as_object();
  if (const auto* accepted = members.if_contains("accepted"); accepted && accepted->is_int64()) {
    totals.accepted += accepted->as_int64();
  }
  const auto* rejected = members.if_contains("rejected");
  for (const auto& one :
       rejected != nullptr && rejected->is_array() ? rejected->as_array() : json::array()) {
    ++totals.rejected;
    if (const auto* fault = one.if_object()) {
      const auto* index = fault->if_contains("index");
      fmt::print(stderr, "layer: event {}: {}\n",
                 first + (index != nullptr && index->is_int64()
                              ? static_cast<std::size_t>(index->as_int64())
                              : 0),
                 history_member(*fault, "error"));
    }
  }
  return true;
}

// Events a line each, in requests as large as the server takes.
int send_lines(Session& session, const std::string& target, std::istream& file) {
  Totals totals;
  std::string batch;
  std::size_t count = 0;
  std::size_t sent = 0;
  const auto flush = [&] {
    const bool done = count == 0 || send_events(session, target, batch, sent + 1, totals);
    sent += std::exchange(count, 0);
    batch.clear();
    return done;
  };
  for (std::string line; std::getline(file, line);) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) {
      continue;
    }
    if (count == kEventsMax || batch.size() + line.size() + 1 > kEventBytesMax) {
      if (!flush()) {
        return session.failure();
      }
    }
    batch += line + "\n";
    ++count;
  }
  if (!flush()) {
    return session.failure();
  }
  if (session.json()) {
    fmt::print(R"({{"accepted":{},"rejected":{}}})"
               "\n",
               totals.accepted, totals.rejected);
  } else {
    fmt::print("{} accepted, {} rejected\n", totals.accepted, totals.rejected);
  }
  return totals.rejected == 0 ? kOk : kFailure;
}

}  // namespace

int history_export(Session& session, const std::vector<std::string>& positionals) {
  const std::string target =
      history_target(session, positionals[0], "history/export", {"format", "kind", "from", "to"});
  const std::string& out = session.flag("out");
  std::FILE* const file = out.empty() ? stdout : std::fopen(out.c_str(), "wbe");
  if (file == nullptr) {
    fmt::print(stderr, "layer: {}: cannot be written\n", out);
    return kFailure;
  }
  bool written = true;
  const auto answer = read_lines(session, target, [&](std::string_view line) {
    written = std::fwrite(line.data(), 1, line.size(), file) == line.size() &&
              std::fputc('\n', file) != EOF;
    return written;
  });
  written = (out.empty() ? std::fflush(file) : std::fclose(file)) == 0 && written;
  if (!answer) {
    fmt::print(stderr, "layer: {}\n", answer.error().message);
    return kFailure;
  }
  if (answer->status != 200) {
    fmt::print(stderr, "layer: {}\n", message_of(answer->body));
    return exit_code_of(answer->status);
  }
  if (!written) {
    fmt::print(stderr, "layer: the lines could not be written\n");
  }
  return written ? kOk : kFailure;
}

int history_purge(Session& session, const std::vector<std::string>& positionals) {
  const std::string target =
      history_target(session, positionals[0], "history", {"client-id", "user-id", "before"});
  Answer answer;
  if (!session.call("DELETE", target, {}, answer)) {
    return session.failure();
  }
  if (session.flag("watch").empty()) {
    print_job(session, answer.body);
    return kOk;
  }
  return follow_job(session, "/v2/jobs/" + http::encode_segment(job_id(answer.body)));
}

int ubi_send(Session& session, const std::vector<std::string>& positionals) {
  const std::string& ns = session.flag("namespace");
  const std::string target =
      "/v2/ubi/events" + (ns.empty() ? "" : "?namespace=" + http::encode_segment(ns));
  if (positionals[0] == "-") {
    return send_lines(session, target, std::cin);
  }
  std::ifstream file(positionals[0]);
  if (!file) {
    fmt::print(stderr, "layer: {}: cannot be read\n", positionals[0]);
    return kFailure;
  }
  return send_lines(session, target, file);
}

}  // namespace layer::cli
