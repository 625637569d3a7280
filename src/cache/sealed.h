// The envelope of everything the document cache stores: a kind, a version, the content, a checksum
// over all of it. Layout: docs/formats/cache-record.md. Thread safety: pure functions.
// Cost: one pass of a hash that does several bytes a nanosecond.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace layer::cache {

enum class SealedKind : std::uint8_t {
  kHead = 1,
  kFence = 2,
  kCertificate = 3,
  kMember = 4,
  kEpoch = 5,
};

// The only version so far. A reader meets another one as damage: a cache starts over, it does not
// migrate.
inline constexpr std::uint8_t kSealedVersion = 1;
inline constexpr std::size_t kSealBytes = 2 + 8;

std::string seal(SealedKind kind, std::string_view content);
// The content, inside `bytes`; nullopt: damaged, of another kind or version.
std::optional<std::string_view> unseal(SealedKind kind, std::string_view bytes);

// What a head keeps of its record's body.
std::uint64_t body_checksum(std::string_view body);

}  // namespace layer::cache
