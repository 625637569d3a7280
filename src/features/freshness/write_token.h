// The freshness token of a write: what the caller of a later read shows to be sure that the read
// sees the write (rule Y11 of the contract). A token is opaque to clients, signed, at most 512
// bytes of header-safe text, and valid for 24 h. Thread safety: plain values and free functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"
#include "core/signer.h"
#include "features/freshness/hybrid_clock.h"
#include "wire/id.h"

namespace layer::features::freshness {

inline constexpr std::size_t kWriteTokenBytesMax = 512;
inline constexpr std::int64_t kWriteTokenValidMs = 24LL * 60 * 60 * 1000;

enum class WitnessKind : std::uint8_t { kUpsert = 1, kPatch = 2, kDelete = 3 };

// One row of the write, by which its visibility is recognised.
struct Witness {
  wire::Id id;
  WitnessKind kind = WitnessKind::kUpsert;
  bool operator==(const Witness&) const = default;
};

struct WriteToken {
  std::string ns;                 // the logical name
  std::uint64_t incarnation = 0;  // how often a namespace of this name was deleted before
  Stamp stamp{};
  std::int64_t acknowledged_ms = 0;  // wall clock when the store's answer came
  std::optional<Witness> witness{};
  bool operator==(const WriteToken&) const = default;
};

// The value of x-layer-write-token. A witness that does not fit is left out; nullopt when the rest
// does not fit either, which takes a namespace name longer than a store accepts.
std::optional<std::string> seal_write_token(const WriteToken& token, const core::Signer& signer);

// Errors: kInvalidToken with the field "reason": malformed, signature, expired.
Result<WriteToken> open_write_token(std::string_view text, const core::Signer& signer,
                                    std::int64_t now_ms);

}  // namespace layer::features::freshness
