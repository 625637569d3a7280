#include "cli/session.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "async/loops.h"
#include "async/run.h"
#include "core/units.h"

namespace layer::cli {
namespace {

constexpr std::uint64_t kAnswerBytesMax = 1ULL << 30U;

std::string first_of(const std::string& flag, std::initializer_list<const char*> variables,
                     std::string fallback) {
  if (!flag.empty()) {
    return flag;
  }
  for (const char* variable : variables) {
    if (const char* value = std::getenv(variable); value != nullptr && *value != '\0') {
      return value;
    }
  }
  return fallback;
}

async::Task<Result<Answer>> exchange(async::Loop& loop, const http::BaseUrl& base,
                                     http::ClientRequest request) {
  http::ClientOptions options;
  options.connect_time_max = std::chrono::seconds(5);
  if (base.origin.tls) {
    LAYER_CO_ASSIGN(options.tls, http::make_client_tls());
  }
  options.progress_time_max = request.total_time_max;
  http::Client client(loop, std::move(options));
  LAYER_CO_ASSIGN(auto response, co_await client.send(base.origin, std::move(request)));
  LAYER_CO_ASSIGN(std::string body, co_await http::read_all(*response.body, kAnswerBytesMax));
  co_return Answer{response.status, std::move(body), std::move(response.headers)};
}

}  // namespace

int exit_code_of(int status) {
  switch (status) {
    case 404:
      return kNotFound;
    case 401:
    case 403:
      return kRefused;
    case 408:
    case 504:
      return kTimedOut;
    default:
      return kFailure;
  }
}

// The message of an error body, or the body itself.
std::string message_of(const std::string& body) {
  boost::system::error_code ec;
  const auto value = boost::json::parse(body, ec);
  if (!ec && value.is_object()) {
    const auto* message = value.as_object().if_contains("message");
    const auto* error = value.as_object().if_contains("error");
    const auto* best = message != nullptr ? message : error;
    if (best != nullptr && best->is_string()) {
      return std::string(best->as_string());
    }
  }
  return body;
}

Result<Session> Session::make(const Settings& settings) {
  Session session;
  const std::string url =
      first_of(settings.base_url, {"LAYER_BASE_URL", "HEVLAYER_BASE_URL", "LAYER_GATEWAY_URL"},
               "http://127.0.0.1:8080");
  LAYER_ASSIGN(session.base_, http::parse_base_url(url));
  session.api_key_ = first_of(settings.api_key,
                              {"LAYER_API_KEY", "HEVLAYER_API_KEY", "LAYER_GATEWAY_API_KEY"}, "");
  const std::string output =
      first_of(settings.output, {}, ::isatty(STDOUT_FILENO) == 1 ? "table" : "json");
  if (output != "table" && output != "json") {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("-o: '{}' is not an output: use table or json", output));
  }
  session.json_ = output == "json";
  LAYER_ASSIGN(session.timeout_,
               core::parse_duration(settings.timeout.empty() ? "60s" : settings.timeout));
  session.flags_ = settings.flags;
  session.json_ = session.json_ || !session.flag("json").empty();
  return session;
}

const std::string& Session::flag(const std::string& name) const {
  static const std::string kNone;
  const auto it = flags_.find(name);
  return it == flags_.end() ? kNone : it->second;
}

bool Session::filters_are_json() const {
  boost::system::error_code ec;
  if (const std::string& filters = flag("filters"); !filters.empty()) {
    boost::json::parse(filters, ec);
  }
  if (ec) {
    fmt::print(stderr, "layer: --filters: expected JSON, such as '[\"year\",\"Gt\",1990]'\n");
  }
  return !ec;
}

bool Session::fail_with(int code, std::string_view message) {
  failure_ = code;
  fmt::print(stderr, "layer: {}\n", message);
  return false;
}

Result<Answer> Session::ask(std::string_view method, const std::string& target,
                            std::string body) const {
  http::ClientRequest request;
  request.method = method;
  request.target = base_.prefix + target;
  request.headers = headers_;
  request.headers.add("accept", "application/json");
  if (!api_key_.empty()) {
    request.headers.add("authorization", "Bearer " + api_key_);
  }
  if (!body.empty()) {
    request.headers.add("content-type", "application/json");
  }
  request.body = std::move(body);
  request.total_time_max = timeout_;
  async::Loops loops(1, "cli");
  return async::run_blocking(loops.at(0), [&]() -> async::Task<Result<Answer>> {
    co_return co_await exchange(loops.at(0), base_, std::move(request));
  });
}

bool Session::call(std::string_view method, const std::string& target, std::string body,
                   Answer& answer) {
  auto result = ask(method, target, std::move(body));
  if (!result) {
    return fail_with(result.error().code == ErrorCode::kTimeout ? kTimedOut : kFailure,
                     result.error().message);
  }
  answer = std::move(*result);
  if (answer.status < 200 || answer.status >= 300) {
    return fail_with(exit_code_of(answer.status),
                     fmt::format("{} {}", answer.status, message_of(answer.body)));
  }
  return true;
}

}  // namespace layer::cli
