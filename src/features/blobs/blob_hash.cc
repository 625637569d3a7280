#include "features/blobs/blob_hash.h"

#include <array>

#include <openssl/evp.h>

#include "core/random.h"

namespace layer::features::blobs {

struct BlobHash::State {
  State() { ::EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr); }
  std::unique_ptr<EVP_MD_CTX, decltype(&::EVP_MD_CTX_free)> context{::EVP_MD_CTX_new(),
                                                                    &::EVP_MD_CTX_free};
};

BlobHash::BlobHash() : state_(std::make_unique<State>()) {}
BlobHash::~BlobHash() = default;
BlobHash::BlobHash(BlobHash&&) noexcept = default;

void BlobHash::add(std::string_view piece) {
  ::EVP_DigestUpdate(state_->context.get(), piece.data(), piece.size());
}

std::string BlobHash::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  ::EVP_DigestFinal_ex(state_->context.get(), digest.data(), &size);
  return core::hex(std::string_view(reinterpret_cast<const char*>(digest.data()), size));
}

std::string BlobHash::of(std::string_view bytes) {
  BlobHash hash;
  hash.add(bytes);
  return hash.finish();
}

}  // namespace layer::features::blobs
