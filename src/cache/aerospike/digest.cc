#include "cache/aerospike/digest.h"

#include <openssl/evp.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

namespace layer::cache::aerospike {
namespace {

// OpenSSL 3.0.7 took RIPEMD-160 back into its default provider; before, it needs the legacy one.
const EVP_MD* ripemd160() {
  static const EVP_MD* const md = [] {
    EVP_MD* found = EVP_MD_fetch(nullptr, "RIPEMD160", nullptr);
    if (found == nullptr) {
      std::fputs("this OpenSSL has no RIPEMD-160, which Aerospike's digests need\n", stderr);
      std::abort();
    }
    return found;
  }();
  return md;
}

}  // namespace

Digest digest_of(std::string_view set, std::string_view key, Particle type) {
  thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(
      EVP_MD_CTX_new(), EVP_MD_CTX_free);
  Digest digest{};
  const auto tag = static_cast<std::uint8_t>(type);
  const bool done =
      EVP_DigestInit_ex2(context.get(), ripemd160(), nullptr) == 1 &&
      EVP_DigestUpdate(context.get(), set.data(), set.size()) == 1 &&
      EVP_DigestUpdate(context.get(), &tag, sizeof tag) == 1 &&
      EVP_DigestUpdate(context.get(), key.data(), key.size()) == 1 &&
      EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(digest.data()), nullptr) ==
          1;
  if (!done) {
    std::fputs("OpenSSL could not compute a digest\n", stderr);
    std::abort();
  }
  return digest;
}

std::uint16_t partition_of(std::string_view digest) {
  const auto low = static_cast<std::uint8_t>(digest[0]);
  const auto high = static_cast<std::uint8_t>(digest[1]);
  return static_cast<std::uint16_t>((low | high << 8U) % kPartitions);
}

}  // namespace layer::cache::aerospike
