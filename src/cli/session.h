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
};

class Session {
 public:
  // Flags, then the environment, then defaults. Errors: kInvalidArgument.
  static Result<Session> make(const Settings& settings);

  // Sends and reads the answer; prints what went wrong. On return true the answer is a 2xx.
  bool call(std::string_view method, const std::string& target, std::string body, Answer& answer);
  // The exit code of the last failed call.
  int failure() const { return failure_; }

  bool json() const { return json_; }
  const http::BaseUrl& base() const { return base_; }
  const std::string& api_key() const { return api_key_; }
  std::chrono::milliseconds timeout() const { return timeout_; }
  // "" when it was not given; a switch that was is "true".
  const std::string& flag(const std::string& name) const;

 private:
  Session() = default;
  bool fail_with(int code, std::string_view message);

  http::BaseUrl base_;
  std::string api_key_;
  std::chrono::milliseconds timeout_{};
  bool json_ = false;
  std::map<std::string, std::string> flags_;
  int failure_ = kFailure;
};

}  // namespace layer::cli
