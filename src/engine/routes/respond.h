// Responses as every endpoint makes them. Thread safety: free functions over values.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "core/error.h"
#include "wire/exchange.h"

namespace layer::engine::routes {

wire::Response json_response(std::string body, int status = 200);

// The error with its status: JSON of the wire, plain text for a URL that cannot be one.
wire::Response error_response(const Error& error);

// The response of `work`, or of the error it gives or throws: nothing escapes.
wire::Response respond(const std::function<Result<wire::Response>()>& work);

// Whole milliseconds since a request came in, rounded up, at least 1: what was measured, never 0.
class Stopwatch {
 public:
  std::uint64_t total_ms() const;

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace layer::engine::routes
