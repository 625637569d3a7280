// Exchanges whose status and headers matter as much as their bodies: for verbs that look at a
// server instead of using it. Nothing is interpreted, an answer of any status is an answer. Thread
// safety: one thread. Cost: one event loop thread a Prober; connections are kept.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "async/loops.h"
#include "core/error.h"
#include "http/client.h"

namespace layer::cli {

struct ProbeRequest {
  std::string method = "GET";
  std::string target = "/";  // without the base URL's prefix
  http::Headers headers{};
  std::string body{};
  bool with_key = true;
};

struct ProbeAnswer {
  int status = 0;
  http::Headers headers{};
  std::string body{};  // as it came, still encoded
  double ms = 0;       // from sending to the body's end
};

class Prober {
 public:
  // Errors: kUnavailable when TLS cannot be set up for an https base.
  static Result<std::unique_ptr<Prober>> make(http::BaseUrl base, std::string api_key,
                                              std::chrono::milliseconds time_max);
  ~Prober();
  Prober(const Prober&) = delete;
  Prober& operator=(const Prober&) = delete;

  // Errors: those of http::Client::send and of reading the body.
  Result<ProbeAnswer> send(const ProbeRequest& request);
  // "http://host:port/prefix", for messages.
  std::string where() const;

 private:
  Prober(http::BaseUrl base, std::string api_key, std::chrono::milliseconds time_max);

  http::BaseUrl base_;
  std::string api_key_;
  std::chrono::milliseconds time_max_;
  async::Loops loops_;
  std::unique_ptr<http::Client> client_;
};

}  // namespace layer::cli
