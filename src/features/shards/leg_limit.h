// How many legs (sub-queries of requests that the gateway splits) run at once: 256 a gateway,
// shared fairly by request, and on a store with concurrency permits no more of a namespace than it
// has (rule Z5 of the contract). Thread safety: from any loop, concurrently.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "async/task.h"
#include "core/error.h"

namespace layer::features::shards {

inline constexpr std::size_t kLegsMax = 256;
inline constexpr std::size_t kStorePermits = 16;

// What a leg takes of a store's permits.
enum class LegKind : std::uint8_t { kRanked = 1, kNearest = 2, kAggregation = 4 };

class LegLimit {
 public:
  class Leg;  // a running leg; its place is given back when it is destroyed

  // One request that fans out; legs of a request queue behind its own.
  struct Request {
    std::string store;
    std::string ns;
    bool has_permits = false;  // of a store of kind turbopuffer
    std::size_t permits = static_cast<std::size_t>(LegKind::kRanked);  // of each of its legs
  };

  LegLimit();
  ~LegLimit();
  // Waits for a place. Errors: kCancelled, kGatewayTimeout (`deadline`).
  async::Task<Result<std::unique_ptr<Leg>>> begin(std::shared_ptr<const Request> request,
                                                  async::TimePoint deadline);
  std::size_t running() const;
  std::size_t waiting() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace layer::features::shards
