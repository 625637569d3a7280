// A write's fence in the document cache, around the call of the store: raised before the stamp is
// taken, settled when the store has answered and before the caller is (rules W5 to W9 of the
// contract). Nothing here turns the store's success into an error: what the cache does not take is
// counted, and the fence rules keep reads right meanwhile. From raise() to the end of settle() the
// caller's leaving has no effect.
// Thread safety: one loop. Without a cache all of it does nothing.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "cache/document_cache.h"
#include "core/metrics.h"
#include "gateway/proxy.h"
#include "store/vector_store.h"

namespace layer::gateway {

// What the routes that write need; both outlive them. Null: no cache.
struct CacheParts {
  cache::DocumentCache* cache = nullptr;
  core::Metrics* metrics = nullptr;
};

class CacheFence {
 public:
  CacheFence(CacheParts parts, Proxy& proxy) : parts_(parts), proxy_(proxy) {}

  async::Task<> raise(cache::CachedNamespace ns, cache::FenceScope scope,
                      async::TimePoint deadline);
  // The store should list the ids that the write touched.
  bool wants_affected_ids() const { return fence_ && fence_->wants_affected_ids(); }
  async::Task<> settle(const Result<store::Answer>& answer, core::Stamp stamp,
                       std::optional<std::vector<wire::Id>> affected = std::nullopt);

 private:
  CacheParts parts_;
  Proxy& proxy_;
  std::unique_ptr<cache::WriteFence> fence_;
};

// What an answer says of the write. Also answers that come before the write is applied, and errors
// that leave it open, are kUnknown.
enum class WriteOutcome : std::uint8_t { kApplied, kRefused, kUnknown };
WriteOutcome outcome_of(const Result<store::Answer>& answer);

}  // namespace layer::gateway
