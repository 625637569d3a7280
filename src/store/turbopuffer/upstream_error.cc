#include "store/turbopuffer/upstream_error.h"

#include <algorithm>

#include <fmt/format.h>

namespace layer::store {
namespace {

using std::chrono::milliseconds;

// What a caller above a limit of this process is told to wait.
constexpr milliseconds kBusyWait{1000};

ErrorCode code_of(http::ClientFailure failure, bool deadline_passed) {
  if (failure == http::ClientFailure::kCancelled) {
    return ErrorCode::kCancelled;
  }
  if (deadline_passed) {
    return ErrorCode::kGatewayTimeout;
  }
  return failure == http::ClientFailure::kBusy ? ErrorCode::kServiceUnavailable
                                               : ErrorCode::kUpstream;
}

Error with_wait(Error error, std::string_view store, milliseconds wait) {
  error.fields.push_back({.name = "store", .value = std::string(store)});
  error.fields.push_back(
      {.name = "retry_after_ms", .value = fmt::to_string(wait.count()), .json = true});
  return error;
}

}  // namespace

Error upstream_error(Error error, const FailedCall& call) {
  const auto failure = http::failure_of(error);
  if (!failure) {
    return error;
  }
  error.code = code_of(*failure, call.deadline_passed);
  error.message = fmt::format("store '{}': {}", call.store, error.message);
  error.fields.push_back({.name = "store", .value = std::string(call.store)});
  if (call.kind == CallKind::kPlainWrite && call.sent) {
    error.message +=
        "; whether the write was applied is not known: read it back, or send it again if it may "
        "be applied twice";
    error.fields.push_back({.name = "outcome", .value = "unknown"});
  }
  return error;
}

Error breaker_open_error(std::string_view store, async::Duration retry_after) {
  // Rounded up: at the time named, the store may be tried again.
  const auto wait = std::max(std::chrono::ceil<milliseconds>(retry_after), milliseconds(1));
  return with_wait(
      {.code = ErrorCode::kStoreUnavailable,
       .message = fmt::format("store '{}' failed too often and is left alone for {} ms; then it "
                              "is tried again",
                              store, wait.count())},
      store, wait);
}

Error too_many_calls_error(std::string_view store, std::size_t calls_max) {
  return with_wait({.code = ErrorCode::kServiceUnavailable,
                    .message = fmt::format("{} calls wait for store '{}' already; try again later",
                                           calls_max, store)},
                   store, kBusyWait);
}

}  // namespace layer::store
