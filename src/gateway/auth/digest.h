// SHA-256 of keys: what the gateway keeps and compares instead of the keys.
// Thread safety: pure functions. Cost: some 200 ns for a key.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace layer::gateway {

using Digest = std::array<unsigned char, 32>;

Digest sha256(std::string_view text);
// Of the two texts joined.
Digest sha256(std::string_view first, std::string_view second);

// Takes the same time wherever the two differ.
bool equal_in_constant_time(const Digest& a, const Digest& b);

// For hash maps keyed by digests. The time of a look-up tells at most something about the digest of
// what the caller sent, and nobody can steer SHA-256 towards the digest of a key they do not know,
// so finding the entry by hash is safe; the entry is then compared in constant time all the same.
struct DigestHash {
  std::size_t operator()(const Digest& digest) const {
    std::size_t hash = 0;
    std::memcpy(&hash, digest.data(), sizeof(hash));
    return hash;
  }
};
struct DigestEqual {
  bool operator()(const Digest& a, const Digest& b) const { return equal_in_constant_time(a, b); }
};

}  // namespace layer::gateway
