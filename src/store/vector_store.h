// A vector store that speaks the store's wire. Both kinds, the embedded engine and a remote store,
// take the same call and give the same answer, so every feature is written once.
// Thread safety: any loop, concurrently; a call stays on the loop that made it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "async/task.h"
#include "http/body.h"
#include "http/headers.h"
#include "store/capabilities.h"

namespace layer::store {

// What a call is, as far as repeating it is concerned.
enum class CallKind : std::uint8_t {
  kPlainRead,    // a caller's read: repeated as the store's options say
  kPlainWrite,   // sent once; once more only if a kept connection was closed before any byte of it
  kGatewayRead,  // made by the gateway and idempotent: at most two repeats, within the retry budget
};

struct Call {
  std::string method = "GET";
  std::string target = "/";  // raw path and query
  // End-to-end headers. Not host, authorization, content-length, transfer-encoding, connection:
  // those are the store's business.
  http::Headers headers{};
  std::string authorization{};  // the caller's, sent on in passthrough mode; empty: the store's own
  std::string body{};
  http::Body* stream = nullptr;  // instead of `body`; valid until the answer's head is there
  CallKind kind = CallKind::kPlainRead;
  async::TimePoint deadline = async::TimePoint::max();
};

struct Answer {
  int status = 200;
  http::Headers headers{};  // end-to-end ones, without content-length
  std::string body{};
  std::unique_ptr<http::Body> stream{};  // instead of `body`
  async::Duration waited{};              // from the call to the answer's head, repeats included
};

// What the process knows of a store without asking it.
struct StoreStatus {
  bool breaker_open = false;
  std::size_t in_flight = 0;
  std::size_t connections_open = 0;
  std::size_t connections_idle = 0;
};

class VectorStore {
 public:
  virtual ~VectorStore() = default;

  // An answer of any status is a success. Errors: kUpstream (unreachable, connection lost, not
  // HTTP), kStoreUnavailable (breaker open; field "retry_after_ms"), kServiceUnavailable (too many
  // calls in flight), kGatewayTimeout, kCancelled, and what `stream` itself failed with. An error
  // that leaves it unknown whether a write was applied carries the field "outcome": "unknown".
  virtual async::Task<Result<Answer>> send(Call call) = 0;

  virtual std::string_view name() const = 0;
  virtual std::string_view kind() const = 0;  // "embedded" or "turbopuffer"
  // "https://host[:port][/prefix]" of a store behind HTTP: what its absolute locations begin with.
  virtual std::string_view origin() const { return {}; }
  virtual const Capabilities& capabilities() const = 0;
  virtual StoreStatus status() const = 0;
};

}  // namespace layer::store
