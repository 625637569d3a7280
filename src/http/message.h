// What a handler sees of a request and gives as a response. Thread safety: one loop.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "async/task.h"
#include "http/body.h"
#include "http/headers.h"

namespace layer::http {

struct Request {
  std::string method;
  std::string target;  // raw, as received: never decoded, never normalised
  Headers headers;
  std::string peer;  // the client's address, without its port
  Body* body = nullptr;
  // Set when the client went away or the server gives up waiting. What the handler awaits at that
  // moment is cancelled too, once each tick, so a plain handler need not look.
  bool cancelled = false;

  std::string_view path() const;   // the target up to '?', without the scheme and authority
  std::string_view query() const;  // after '?'
};

struct Response {
  int status = 200;
  Headers headers;  // without content-length, transfer-encoding, connection and date
  std::string body;
  std::unique_ptr<Body> stream;  // sent instead of `body`, chunked unless it knows its size
};

class Handler {
 public:
  virtual ~Handler() = default;
  // Called on the connection's loop. The request lives until the response is sent.
  virtual async::Task<Response> handle(Request& request) = 0;
  // The answer to what never reached handle() (malformed, too large, too slow) or to an exception
  // that left it.
  virtual Response failed(const Error& error) = 0;
};

// {"status":"error","error":"<message>"} with the status of the code's table row.
Response error_response(const Error& error);
Response json_response(int status, std::string body);
std::string_view reason_phrase(int status);

}  // namespace layer::http
