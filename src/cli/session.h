// One call of a verb: where to, with which key, how to print. Thread safety: one thread.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "cli/verb.h"
#include "core/error.h"
#include "http/client.h"

namespace layer::cli {

enum ExitCode : int {
  kOk = 0,
  kFailure = 1,
  kUsage = 2,
  kNotFound = 3,
  kRefused = 4,
  kTimedOut = 5,
};

struct Answer {
  int status = 0;
  std::string body;
  http::Headers headers{};
};

// What it says of itself: the message of an error body, or the body. The exit code for a status.
std::string message_of(const std::string& body);
int exit_code_of(int status);

class Session {
 public:
  // Flags, then the environment, then defaults. Errors: kInvalidArgument.
  static Result<Session> make(const Settings& settings);

  // Sends and reads the answer; prints what went wrong. On return true the answer is a 2xx.
  bool call(std::string_view method, const std::string& target, std::string body, Answer& answer);
  // The same without a word: any status is an answer. Errors: those of the connection, kTimeout.
  Result<Answer> ask(std::string_view method, const std::string& target, std::string body) const;
  // Sent with every request from now on.
  void send_header(std::string_view name, std::string_view value) { headers_.add(name, value); }
  // The exit code of the last failed call.
  int failure() const { return failure_; }

  bool json() const { return json_; }
  const http::BaseUrl& base() const { return base_; }
  const std::string& api_key() const { return api_key_; }
  std::chrono::milliseconds timeout() const { return timeout_; }
  // "" when it was not given; a switch that was is "true".
  const std::string& flag(const std::string& name) const;
  // False: --filters was given and is not JSON, which was said on standard error.
  bool filters_are_json() const;

 private:
  Session() = default;
  bool fail_with(int code, std::string_view message);

  http::BaseUrl base_;
  std::string api_key_;
  std::chrono::milliseconds timeout_{};
  bool json_ = false;
  http::Headers headers_;
  std::map<std::string, std::string> flags_;
  int failure_ = kFailure;
};

}  // namespace layer::cli
