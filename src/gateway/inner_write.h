// A write that a route makes for its caller: the body goes the whole way of a write of that
// namespace (stamps, shards, fences, embeddings), in the caller's name, and what it cost is added
// to the caller's exchange. Thread safety: any loop, concurrently.
#pragma once

#include <string>

#include "gateway/auth/authenticator.h"
#include "gateway/route_handler.h"

namespace layer::gateway {

inline constexpr std::size_t kInnerAnswerBytesMax = std::size_t{16} << 20;

class InnerWrite {
 public:
  // All of it outlives this.
  struct Parts {
    Targets& targets;
    Authenticator& auth;
    RouteHandler& write;  // of POST /v2/namespaces/{ns}
  };
  explicit InnerWrite(Parts parts) : parts_(parts) {}

  // `of_function`: as in Exchange. The answer of the write route, its body whole. Errors:
  // kForbidden (the caller may not write there), those of the write route.
  async::Task<Result<http::Response>> send(Exchange& outer, std::string ns, std::string body,
                                           std::string of_function = {});

 private:
  Parts parts_;
};

}  // namespace layer::gateway
