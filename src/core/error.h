// Errors as values. A function that can fail for a reason outside the program returns Result<T>;
// exceptions of libraries are caught at the module border. Thread safety: plain values.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

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
};

struct ErrorInfo {
  int http_status;
  std::string_view name;
  bool retryable;
};

// The table row of `code`.
const ErrorInfo& info(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  // A sentence for a person: what was found, what was expected, what to do.
  std::string message;
  // Name of the attribute at fault, sent beside the message where the store's wire does so.
  std::string attribute{};

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
