// What a client's error says about the connection it happened on. Every error of the client itself
// carries it as the field "upstream_category"; an error without is the request body's own.
// Thread safety: plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"

namespace layer::http {

enum class ClientFailure : std::uint8_t {
  kResolve,     // the name has no address
  kConnect,     // nobody accepts connections there, or not in time
  kTls,         // no TLS, or a certificate that is not trusted for this name
  kTimeout,     // no answer, or no progress of a body, in time
  kReset,       // the connection was lost
  kIncomplete,  // the answer's body ended before its announced end
  kProtocol,    // the answer is not HTTP
  kBusy,        // all connections stayed in use
  kCancelled,   // by the caller
};

// "resolve", "connect", ...
std::string_view name(ClientFailure failure);

// Codes: kTimeout, kInvalidArgument (kProtocol), kCancelled, else kUnavailable.
Error client_error(ClientFailure failure, std::string message);

std::optional<ClientFailure> failure_of(const Error& error);

}  // namespace layer::http
