#include "gateway/auth/digest.h"

#include <cstdlib>
#include <memory>

#include <openssl/crypto.h>
#include <openssl/evp.h>

namespace layer::gateway {
namespace {

// OpenSSL's one-call functions look the algorithm up each time, which takes longer than hashing a
// key; so it is fetched once, and each thread keeps a context.
struct Hasher {
  std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> algorithm{
      EVP_MD_fetch(nullptr, "SHA256", nullptr), &EVP_MD_free};
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(),
                                                                  &EVP_MD_CTX_free};
};

}  // namespace

Digest sha256(std::string_view text) {
  return sha256(text, {});
}

Digest sha256(std::string_view first, std::string_view second) {
  thread_local Hasher hasher;
  Digest out{};
  if (EVP_DigestInit_ex(hasher.context.get(), hasher.algorithm.get(), nullptr) != 1 ||
      EVP_DigestUpdate(hasher.context.get(), first.data(), first.size()) != 1 ||
      EVP_DigestUpdate(hasher.context.get(), second.data(), second.size()) != 1 ||
      EVP_DigestFinal_ex(hasher.context.get(), out.data(), nullptr) != 1) {
    // A library without SHA-256 cannot tell keys apart; going on would let somebody in.
    std::abort();
  }
  return out;
}

bool equal_in_constant_time(const Digest& a, const Digest& b) {
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace layer::gateway
