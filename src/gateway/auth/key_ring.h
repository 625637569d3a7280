// Keys by the digest of their secrets. Thread safety: immutable once built; swapped as a whole by
// the source that made it. Cost: one hash look-up, whatever the number of keys.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "core/secret.h"
#include "gateway/auth/caller.h"
#include "gateway/auth/digest.h"

namespace layer::gateway {

struct KeyEntry {
  Digest digest{};  // SHA-256(key)
  std::shared_ptr<const Identity> identity{};
  // SHA-256(pepper || key) of minted keys: whoever writes a digest into the place they are kept in
  // has not made a key unless they also know the pepper.
  std::optional<Digest> peppered{};
  std::int64_t expires_at_ms = 0;  // epoch; 0: never
};

class KeyRing {
 public:
  KeyRing() = default;
  // Of entries with one digest the first counts. Without `pepper` no peppered entry is ever found.
  explicit KeyRing(std::vector<KeyEntry> entries, const core::Secret& pepper = {});

  // nullptr: unknown. `key` is what `digest` was made of. Expiry is the caller's to judge.
  const KeyEntry* find(const Digest& digest, std::string_view key) const;
  std::size_t size() const { return entries_.size(); }

 private:
  std::unordered_map<Digest, KeyEntry, DigestHash, DigestEqual> entries_;
  core::Secret pepper_;
};

}  // namespace layer::gateway
