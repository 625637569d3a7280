// Fences before a write (rules H2, H7, H8, W9).
#include <utility>

#include "cache/cache_metrics.h"
#include "cache/fenced_cache.h"
#include "cache/write_fence.h"

namespace layer::cache {

async::Task<std::unique_ptr<WriteFence>> FencedCache::raise(CachedNamespace ns, FenceScope scope,
                                                            async::TimePoint deadline) {
  if (scope.rows.empty() && !scope.whole_namespace && !scope.opaque) {
    co_return nullptr;
  }
  auto fence = std::make_unique<FenceOfWrite>(core_, std::move(ns), std::move(scope), deadline);
  for (int tries = 0;; ++tries) {
    if (core_.members.fencing()) {
      const auto raised = co_await fence->raise();
      layer::cache::count(core_.metrics, kCacheFences, {"raise", raised ? "ok" : "error"});
      if (raised) {
        co_return fence;
      }
      if (tries > 0 || !core_.store.shared()) {
        core_.members.lose();  // once more would be the same
      }
    }
    if (!co_await core_.members.await_chance()) {
      layer::cache::count(core_.metrics, kCacheFences, {"raise", "unfenced"});
      fence->give_up();
      co_return fence;
    }
  }
}

}  // namespace layer::cache
