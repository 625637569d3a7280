#include "cache/sealed.h"

#include <xxhash.h>

#include "core/bytes.h"

namespace layer::cache {

std::string seal(SealedKind kind, std::string_view content) {
  core::ByteWriter out;
  out.fixed(static_cast<std::uint8_t>(kind));
  out.fixed(kSealedVersion);
  out.raw(content);
  out.fixed(static_cast<std::uint64_t>(XXH3_64bits(out.str().data(), out.size())));
  return out.take();
}

std::optional<std::string_view> unseal(SealedKind kind, std::string_view bytes) {
  if (bytes.size() < kSealBytes) {
    return std::nullopt;
  }
  const std::size_t sealed = bytes.size() - sizeof(std::uint64_t);
  core::ByteReader checksum(bytes.substr(sealed));
  if (checksum.fixed<std::uint64_t>() != XXH3_64bits(bytes.data(), sealed) ||
      static_cast<std::uint8_t>(bytes[0]) != static_cast<std::uint8_t>(kind) ||
      static_cast<std::uint8_t>(bytes[1]) != kSealedVersion) {
    return std::nullopt;
  }
  return bytes.substr(2, sealed - 2);
}

std::uint64_t body_checksum(std::string_view body) {
  return XXH3_64bits(body.data(), body.size());
}

}  // namespace layer::cache
