// What a caller of a remote store is told when a call fails. Thread safety: plain functions.
#pragma once

#include <string_view>

#include "http/client_error.h"
#include "store/vector_store.h"

namespace layer::store {

struct FailedCall {
  std::string_view store;
  CallKind kind = CallKind::kPlainRead;
  bool sent = false;             // the store may have seen some of it
  bool deadline_passed = false;  // the call's own, not a limit of the connection
};

// The client's error as the gateway's: kGatewayTimeout when the call's time is over, kCancelled,
// else kUpstream; with the fields "store", "upstream_category" and, for a write that may have been
// applied, "outcome": "unknown". An error of the caller's own body is returned as it is.
Error upstream_error(Error error, const FailedCall& call);

Error breaker_open_error(std::string_view store, async::Duration retry_after);
Error too_many_calls_error(std::string_view store, std::size_t calls_max);

}  // namespace layer::store
