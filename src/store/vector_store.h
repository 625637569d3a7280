// A vector store that speaks the store's wire. Both kinds, the embedded engine and a remote store,
// take the same request and give the same response, so every feature is written once.
// Thread safety: any loop, concurrently.
#pragma once

#include <string_view>

#include "async/task.h"
#include "wire/exchange.h"

namespace layer::store {

class VectorStore {
 public:
  virtual ~VectorStore() = default;

  // Never fails: what goes wrong is a response of the wire (429 with retry-after-ms when the store
  // is busy, 500 for what nobody expected). A caller that is cancelled while its request waits gets
  // 503 and the request is not run; a request that has begun runs to its end.
  virtual async::Task<wire::Response> handle(wire::Request request) = 0;

  // "embedded" or "turbopuffer", for metrics and reports.
  virtual std::string_view kind() const = 0;
};

}  // namespace layer::store
