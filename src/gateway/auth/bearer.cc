#include "gateway/auth/bearer.h"

#include <algorithm>

#include "core/text.h"

namespace layer::gateway {

std::expected<Bearer, AuthFailure> find_bearer(const http::Headers& headers) {
  constexpr std::string_view kScheme = "bearer ";
  const auto value = headers.find("authorization");
  if (!value) {
    return std::unexpected(AuthFailure::kMissing);
  }
  const std::string_view authorization = http::trim(*value);
  // Two headers: who reads the first and who reads the last would see two callers.
  if (headers.count("authorization") != 1 || authorization.size() <= kScheme.size() ||
      !core::equals_ignore_case(authorization.substr(0, kScheme.size()), kScheme)) {
    return std::unexpected(AuthFailure::kMalformed);
  }
  const std::string_view token = http::trim(authorization.substr(kScheme.size()));
  if (!is_bearer_text(token)) {
    return std::unexpected(AuthFailure::kMalformed);
  }
  return Bearer{.token = token, .authorization = authorization};
}

bool is_bearer_text(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace layer::gateway
