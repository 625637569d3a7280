#include "features/spool/purge_results.h"

#include "features/spool/job_results.h"

namespace layer::features::spool {

async::Task<Result<deletions::Purged>> JobResultsPlace::purge(deletions::PurgeIntent intent) {
  LAYER_CO_ASSIGN(const auto ids, co_await find_jobs_(intent.ns, intent.cutoff_ms));
  std::uint64_t removed = 0;
  for (const std::string& id : ids) {
    LAYER_CO_ASSIGN(const auto manifest, co_await read_manifest(objects_, id));
    if (manifest) {
      removed += manifest->parts.size() + 1;
    }
    LAYER_CO_TRY(co_await remove_results(objects_, id));
  }
  co_return deletions::Purged{.objects = removed};
}

}  // namespace layer::features::spool
