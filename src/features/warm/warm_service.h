// Starting warms: what speaks against one, and the one that runs already. Thread safety: any loop,
// concurrently. What is referred to outlives the service.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "async/cpu_pool.h"
#include "features/jobs/job_runner.h"
#include "features/warm/place.h"
#include "features/warm/warm_params.h"

namespace layer::features::warm {

class WarmService {
 public:
  struct Parts {
    jobs::JobRunner* runner;      // null: there is no queue database
    cache::DocumentCache* cache;  // null: it is switched off
    const PlaceFinder& places;
    // Whether the gateway opens the store itself, without a caller's bearer.
    std::function<bool(const store::VectorStore&)> has_credential{};
    // What a private cache may hold, in bytes; 0: no bound of this process.
    std::uint64_t cache_bytes_max = 0;
    async::CpuPool& pool;
  };
  explicit WarmService(Parts parts) : parts_(std::move(parts)) {}

  struct Ask {
    std::string ns;
    std::string owner;
    bool passthrough = false;  // the caller's bearer is the store's key
    WarmParams params{};
  };
  // The job, or the one that warms the namespace already. Errors: kFeatureUnavailable (reasons
  // queue_database, background_credential), kCacheCold, kValidation (larger than the cache),
  // kNotFound, kRateLimited, those of the store and of the job store.
  async::Task<Result<queue::Job>> start(Ask ask);

  bool cache_usable() const { return parts_.cache != nullptr && parts_.cache->usable(); }
  // What is answered while it is not.
  Error cold() const;

 private:
  async::Task<Result<void>> check_size(const Place& place);

  Parts parts_;
};

}  // namespace layer::features::warm
