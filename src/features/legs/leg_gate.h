// How many legs run at the same time (rule Z5 of the contract): of the whole gateway, and of one
// namespace where its store grants a fixed number of concurrency permits. Thread safety: any loop;
// no pass outlives the gate. Cost without a wait: two or three locks.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "features/legs/permits.h"
#include "store/vector_store.h"

namespace layer::features::legs {

inline constexpr std::size_t kRunningLegsMax = 256;      // of a gateway
inline constexpr std::size_t kNamespacePermitsMax = 16;  // of a namespace of a turbopuffer store

class LegGate {
 public:
  // What one call of the store takes.
  struct Cost {
    std::size_t legs = 1;
    std::size_t permits = 1;
  };
  // Gives back what it holds when it goes.
  struct Pass {
    std::shared_ptr<Permits> room{};  // null: the store grants no fixed number
    Permits::Held permits{};
    Permits::Held legs{};
  };

  // Waits until the call may be made. `request` tells requests apart: they are served in turn.
  // Errors: kGatewayTimeout, kCancelled.
  async::Task<Result<Pass>> enter(const store::VectorStore& store, std::string physical, Cost cost,
                                  const void* request, async::TimePoint deadline);

  std::size_t running() const { return kRunningLegsMax - legs_.free(); }

 private:
  std::shared_ptr<Permits> room_of(const std::string& name);

  Permits legs_{kRunningLegsMax};
  std::mutex mutex_;
  std::unordered_map<std::string, std::weak_ptr<Permits>> rooms_;
  std::size_t sweep_at_ = 64;  // rooms; then those that nobody uses are forgotten
};

}  // namespace layer::features::legs
