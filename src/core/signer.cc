#include "core/signer.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>

#include "core/base64url.h"

namespace layer::core {
namespace {

Signer::Mac mac_of(std::string_view key, std::string_view purpose, std::string_view payload) {
  std::string signed_bytes(purpose);
  signed_bytes += payload;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(signed_bytes.data()), signed_bytes.size(),
       digest.data(), &size);
  Signer::Mac mac{};
  std::copy_n(digest.begin(), mac.size(), mac.begin());
  return mac;
}

}  // namespace

Result<Signer> Signer::make(std::vector<std::string> keys) {
  if (keys.empty() || keys.size() > kKeysMax) {
    return fail(ErrorCode::kInvalidArgument, "one or two signing keys are expected");
  }
  for (const std::string& key : keys) {
    if (key.size() < kKeyBytesMin) {
      return fail(ErrorCode::kInvalidArgument, "a signing key has at least 16 bytes");
    }
  }
  return Signer(std::move(keys));
}

Signer::Mac Signer::sign(std::string_view purpose, std::string_view payload) const {
  return mac_of(keys_.front(), purpose, payload);
}

bool Signer::verify(std::string_view purpose, std::string_view payload,
                    std::string_view mac) const {
  if (mac.size() != kMacBytes) {
    return false;
  }
  bool known = false;
  for (const std::string& key : keys_) {
    const Mac own = mac_of(key, purpose, payload);
    known |= CRYPTO_memcmp(own.data(), mac.data(), kMacBytes) == 0;
  }
  return known;
}

std::string Signer::seal(std::string_view purpose, std::string_view payload) const {
  std::string bytes(payload);
  const Mac mac = sign(purpose, payload);
  bytes.append(mac.data(), mac.size());
  return encode_base64url(bytes);
}

std::optional<std::string> Signer::open(std::string_view purpose, std::string_view sealed) const {
  auto bytes = decode_base64url(sealed);
  if (!bytes || bytes->size() < kMacBytes) {
    return std::nullopt;
  }
  const std::string_view all = *bytes;
  const std::size_t size = all.size() - kMacBytes;
  if (!verify(purpose, all.substr(0, size), all.substr(size))) {
    return std::nullopt;
  }
  bytes->resize(size);
  return bytes;
}

}  // namespace layer::core
