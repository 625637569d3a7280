// The bearer of a request. Thread safety: pure functions.
#pragma once

#include <expected>
#include <string_view>

#include "gateway/auth/failure.h"
#include "http/headers.h"

namespace layer::gateway {

struct Bearer {
  std::string_view token;
  std::string_view authorization;  // the header's whole value
};

// Exactly one Authorization header of the form "Bearer <token>", the scheme in any case. Errors:
// kMissing (no such header), kMalformed (another scheme, an empty token, several headers).
// The views are the headers'.
std::expected<Bearer, AuthFailure> find_bearer(const http::Headers& headers);

// Could this text be a bearer? Visible ASCII, at least one character: a key with a space, a line
// end or an umlaut in it could never be sent.
bool is_bearer_text(std::string_view text);

}  // namespace layer::gateway
