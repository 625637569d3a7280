// The ways a request is refused, each with its error for the caller and its reason for metric and
// log. Callers are told less than operators: an expired key answers like an unknown one.
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/error.h"
#include "gateway/auth/scope.h"

namespace layer::gateway {

enum class AuthFailure : std::uint8_t {
  kMissing,     // no bearer
  kMalformed,   // an Authorization header that is not one bearer
  kUnknownKey,  // revoked ones count as unknown: they have left the ring
  kExpiredKey,
  kKeySource,    // unknown, but the source of keys cannot be asked: 503
  kScope,        // the key lacks the scope
  kNamespace,    // the key is not granted the namespace
  kUpstreamKey,  // the store refused the bearer of a passthrough caller
  kOpaqueBody,   // a restricted key sent a write whose names cannot be read for certain
};

// Label value of layer_auth_failures_total.
std::string_view reason(AuthFailure failure);
// `needed` is told where it is the scope that lacks.
Error error_of(AuthFailure failure, Scope needed = Scope::kNone);

}  // namespace layer::gateway
