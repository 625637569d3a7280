#include "gateway/auth/failure.h"

#include <string>

namespace layer::gateway {

std::string_view reason(AuthFailure failure) {
  switch (failure) {
    case AuthFailure::kMissing:
      return "missing";
    case AuthFailure::kMalformed:
      return "malformed";
    case AuthFailure::kUnknownKey:
      return "unknown_key";
    case AuthFailure::kExpiredKey:
      return "expired_key";
    case AuthFailure::kKeySource:
      return "key_source";
    case AuthFailure::kScope:
      return "scope";
    case AuthFailure::kNamespace:
      return "namespace";
    case AuthFailure::kUpstreamKey:
      return "upstream_key";
    case AuthFailure::kOpaqueBody:
      return "opaque_body";
  }
  return {};
}

Error error_of(AuthFailure failure, Scope needed) {
  switch (failure) {
    case AuthFailure::kMissing:
    case AuthFailure::kMalformed:
      return {.code = ErrorCode::kUnauthorized,
              .message = "missing or malformed Authorization: Bearer header"};
    case AuthFailure::kUnknownKey:
    case AuthFailure::kExpiredKey:
    case AuthFailure::kUpstreamKey:
      return {.code = ErrorCode::kForbidden, .message = "invalid API key"};
    case AuthFailure::kKeySource:
      return {.code = ErrorCode::kServiceUnavailable,
              .message =
                  "the API key is not known here and the source of keys cannot be reached; "
                  "try again later",
              .fields = {{.name = "reason", .value = "key_source"}}};
    case AuthFailure::kScope:
      return {.code = ErrorCode::kForbidden,
              .message = "insufficient API key scope",
              .fields = {{.name = "required_scope", .value = std::string(name(needed))}}};
    case AuthFailure::kNamespace:
      return {.code = ErrorCode::kForbidden,
              .message = "namespace not granted",
              .fields = {{.name = "reason", .value = "namespace"}}};
    case AuthFailure::kOpaqueBody:
      return {.code = ErrorCode::kForbidden,
              .message =
                  "this API key is limited to some namespaces and the names in the body "
                  "cannot be read for certain; send plain JSON with each name as a string",
              .fields = {{.name = "reason", .value = "opaque_body"}}};
  }
  return {};
}

}  // namespace layer::gateway
