#include "gateway/auth/key_ring.h"

namespace layer::gateway {

KeyRing::KeyRing(std::vector<KeyEntry> entries, const core::Secret& pepper) : pepper_(pepper) {
  entries_.reserve(entries.size());
  for (KeyEntry& entry : entries) {
    const Digest digest = entry.digest;
    entries_.try_emplace(digest, std::move(entry));
  }
}

const KeyEntry* KeyRing::find(const Digest& digest, std::string_view key) const {
  const auto found = entries_.find(digest);
  if (found == entries_.end()) {
    return nullptr;
  }
  const KeyEntry& entry = found->second;
  if (entry.peppered && (pepper_.empty() ||
                         !equal_in_constant_time(*entry.peppered, sha256(pepper_.reveal(), key)))) {
    return nullptr;
  }
  return &entry;
}

}  // namespace layer::gateway
