#include "features/history/purge_history.h"

namespace layer::features::history {

async::Task<Result<deletions::Purged>> HistorySpoolPlace::purge(deletions::PurgeIntent intent) {
  LAYER_CO_ASSIGN(const std::uint64_t records,
                  co_await history_.forget(std::move(intent.ns), intent.cutoff_ms));
  co_return deletions::Purged{.objects = records};
}

}  // namespace layer::features::history
