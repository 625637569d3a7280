// Base64 for URLs and headers: '-' and '_', no padding. Thread safety: free functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace layer::core {

std::string encode_base64url(std::string_view bytes);
// nullopt: a foreign character, padding, an impossible length, or spare bits that are not zero:
// every text of bytes has one spelling, so a token cannot be varied without being refused.
std::optional<std::string> decode_base64url(std::string_view text);

}  // namespace layer::core
