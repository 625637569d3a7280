// Errors as values. A function that can fail for a reason outside the program returns Result<T>;
// exceptions of libraries are caught at the module border. Thread safety: plain values.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace layer::core {

// What went wrong, as far as a program needs to know. The table in error.cc gives each its HTTP
// status, its name on the wire and whether the same call may succeed later.
enum class ErrorCode : std::uint8_t {
  kInvalidJson,      // the body is not JSON
  kInvalidShape,     // JSON, but not of the type the field wants
  kInvalidArgument,  // right shape, wrong meaning
  kInvalidUrl,       // refused before routing; answered as plain text
  kUnauthorized,
  kForbidden,
  kNotFound,
  kMethodNotAllowed,
  kTimeout,
  kConflict,
  kPayloadTooLarge,
  kUnsupportedMediaType,
  kHeadersTooLarge,
  kTooManyRequests,
  kCancelled,
  kIo,       // a file, disk or socket failed
  kCorrupt,  // stored bytes fail their checksum or their format
  kUnavailable,
  kInternal,

  // What only the gateway answers, with the names of its contract.
  kValidation,  // a field of the gateway's own is missing, unknown or out of range
  kInvalidCursor,
  kInvalidToken,        // a write token that is malformed, foreign or of the future
  kUnsupportedByStore,  // field "feature" names what the store lacks
  kBranchAcrossStores,
  kFeatureUnavailable,  // the deployment lacks what field "feature" needs; field "reason"
  kObjectStoreNotConfigured,
  kGone,  // an expired job or result
  kResultsElsewhere,
  kPreconditionFailed,
  kReadAfterTimeout,
  kRateLimited,
  kUpstream,  // the store is unreachable, broke the connection or gave no usable answer
  kServiceUnavailable,
  kCacheCold,
  kStoreUnavailable,  // its circuit breaker is open
  kDraining,
  kGatewayTimeout,  // the request's deadline passed
};

struct ErrorInfo {
  int http_status;
  std::string_view name;
  bool retryable;
};

// The table row of `code`.
const ErrorInfo& info(ErrorCode code);

// A further member of an error's body on the gateway's routes: "reason", "feature", "store", ...
struct ErrorField {
  std::string name;
  std::string value;
  bool json = false;  // `value` is JSON already; otherwise it is sent as a string

  bool operator==(const ErrorField&) const = default;
};

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  // A sentence for a person: what was found, what was expected, what to do.
  std::string message;
  // Name of the attribute at fault, sent beside the message where the store's wire does so.
  std::string attribute{};
  std::vector<ErrorField> fields{};

  bool operator==(const Error&) const = default;
};

template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(ErrorCode code, std::string message) {
  return std::unexpected(Error{.code = code, .message = std::move(message)});
}

}  // namespace layer::core

namespace layer {
using core::Error;
using core::ErrorCode;
using core::fail;
using core::Result;
}  // namespace layer

// Propagates the error of `expr`, or drops its value.
#define LAYER_TRY(expr)                                            \
  do {                                                             \
    if (auto layer_try_result = (expr); !layer_try_result) {       \
      return std::unexpected(std::move(layer_try_result).error()); \
    }                                                              \
  } while (false)

#define LAYER_CONCAT_INNER(a, b) a##b
#define LAYER_CONCAT(a, b) LAYER_CONCAT_INNER(a, b)

// Propagates the error of `expr`, or binds its value: LAYER_ASSIGN(auto x, parse(text));
#define LAYER_ASSIGN(decl, expr) \
  LAYER_ASSIGN_INNER(decl, expr, LAYER_CONCAT(layer_assign_, __LINE__))
#define LAYER_ASSIGN_INNER(decl, expr, name)         \
  auto name = (expr);                                \
  if (!name) {                                       \
    return std::unexpected(std::move(name).error()); \
  }                                                  \
  decl = std::move(*name)
