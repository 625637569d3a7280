#include "app/auth.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "core/text.h"

namespace layer::app {
namespace {

std::array<unsigned char, 32> digest(std::string_view key) {
  std::array<unsigned char, 32> out{};
  SHA256(reinterpret_cast<const unsigned char*>(key.data()), key.size(), out.data());
  return out;
}

}  // namespace

Auth::Auth(const std::vector<std::string>& keys) {
  for (const std::string& key : keys) {
    digests_.push_back(digest(key));
  }
}

Result<void> Auth::check(const http::Headers& headers) const {
  if (digests_.empty()) {
    return {};
  }
  constexpr std::string_view kScheme = "bearer ";
  const auto value = headers.find("authorization");
  if (!value || value->size() <= kScheme.size() ||
      !core::equals_ignore_case(value->substr(0, kScheme.size()), kScheme)) {
    return fail(ErrorCode::kUnauthorized, "missing or malformed Authorization: Bearer header");
  }
  const Digest offered = digest(http::trim(value->substr(kScheme.size())));
  bool known = false;
  for (const Digest& digest : digests_) {
    known |= CRYPTO_memcmp(digest.data(), offered.data(), digest.size()) == 0;
  }
  if (!known) {
    return fail(ErrorCode::kUnauthorized, "invalid API key");
  }
  return {};
}

}  // namespace layer::app
