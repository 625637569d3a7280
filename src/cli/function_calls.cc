#include "cli/function_calls.h"

#include <unistd.h>

#include <cstdio>
#include <utility>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "cli/function_plan.h"
#include "cli/function_progress.h"
#include "cli/members.h"
#include "cli/stop_signal.h"
#include "core/units.h"

namespace layer::cli {

namespace json = boost::json;

FunctionCalls::FunctionCalls(Session& session, FunctionFile file,
                             std::chrono::milliseconds look_every)
    : session_(session),
      file_(std::move(file)),
      target_("/v2/udfs/" + http::encode_segment(file_.name)),
      look_every_(look_every) {}

int FunctionCalls::fail_with(int code, std::string_view message) {
  fmt::print(stderr, "layer: {}\n", message);
  return code_ = code;
}

bool FunctionCalls::call(std::string_view method, std::string_view rest, const json::object& body,
                         Answer& answer) {
  const std::string text = method == "GET" ? std::string() : json::serialize(body);
  if (!session_.call(method, fmt::format("{}{}", target_, rest), text, answer)) {
    code_ = session_.failure();
    return false;
  }
  return true;
}

// A server without plans runs functions all the same.
bool FunctionCalls::show_plan(bool from_file) {
  json::object body;
  if (from_file) {
    body["spec"] = file_.spec;
  }
  add_namespaces(session_, body);
  const auto answer = session_.ask("POST", target_ + "/plan", json::serialize(body));
  if (answer && answer->status == 200) {
    const auto plan = parse_object(answer->body);
    rows_selected_ = planned_rows(plan);
    fmt::print(stderr, "{}", format_plan(plan));
    return true;
  }
  if (answer && (answer->status == 404 || answer->status == 405 || answer->status == 501)) {
    fmt::print(stderr, "note: no plan: {}\n", message_of(answer->body));
    return true;
  }
  fail_with(answer ? exit_code_of(answer->status) : int{kFailure},
            answer ? fmt::format("{} {}", answer->status, message_of(answer->body))
                   : answer.error().message);
  return false;
}

bool FunctionCalls::put(const json::object& spec, bool paused) {
  Answer answer;
  return call("PUT", "", {{"spec", spec}, {"paused", paused}}, answer);
}

std::optional<std::uint64_t> FunctionCalls::discover(json::object body) {
  add_namespaces(session_, body);
  const auto found = discover_all(session_, target_, std::move(body));
  if (!found) {
    code_ = session_.failure();
  }
  return found;
}

std::optional<json::object> FunctionCalls::status() {
  Answer answer;
  if (!call("GET", "/status", {}, answer)) {
    return std::nullopt;
  }
  return parse_object(answer.body);
}

std::optional<json::object> FunctionCalls::watch(std::uint64_t enqueued) {
  catch_stop_signals();
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  const std::string_view end_of_line = terminal ? "\n" : "";
  FunctionProgress progress(enqueued);
  for (;;) {
    auto now = status();
    if (!now) {
      return std::nullopt;
    }
    progress.look(*now);
    if (terminal) {
      fmt::print(stderr, "\r\x1b[K{}{}", progress.line(), progress.over() ? "\n" : "");
    }
    if (progress.over()) {
      return now;
    }
    if (member_text(*now, "paused") == "true") {
      fmt::print(stderr, "{}", end_of_line);
      fail_with(kFailure, fmt::format("the function is paused: layer fn resume {}", file_.name));
      return std::nullopt;
    }
    if (!wait_unless_stopped(look_every_)) {
      fmt::print(stderr, "{}the function goes on without being watched\n", end_of_line);
      code_ = kFailure;
      return std::nullopt;
    }
  }
}

std::optional<FunctionCalls> function_calls(Session& session, std::string_view poll_default) {
  if (session.flag("file").empty()) {
    fmt::print(stderr, "layer: -f names the file of the Function\n");
    return std::nullopt;
  }
  const std::string& every = session.flag("poll-interval");
  const auto look_every = core::parse_duration(every.empty() ? poll_default : every);
  if (!look_every || look_every->count() <= 0) {
    fmt::print(stderr, "layer: --poll-interval: expected a duration such as 2s\n");
    return std::nullopt;
  }
  auto file = read_function_file(session.flag("file"));
  if (!file) {
    fmt::print(stderr, "layer: {}\n", file.error().message);
    return std::nullopt;
  }
  return std::optional<FunctionCalls>(std::in_place, session, std::move(*file), *look_every);
}

}  // namespace layer::cli
