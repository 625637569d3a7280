#include "features/legs/leg_gate.h"

#include <algorithm>
#include <utility>

namespace layer::features::legs {
namespace {

constexpr std::size_t kSweepMin = 64;

}  // namespace

async::Task<Result<LegGate::Pass>> LegGate::enter(const store::VectorStore& store,
                                                  std::string physical, Cost cost,
                                                  const void* request, async::TimePoint deadline) {
  Pass pass;
  if (store.kind() == "turbopuffer") {
    pass.room = room_of(std::string(store.name()) + "/" + physical);
    LAYER_CO_ASSIGN(pass.permits, co_await pass.room->take(request, cost.permits, deadline));
  }
  LAYER_CO_ASSIGN(pass.legs, co_await legs_.take(request, cost.legs, deadline));
  co_return pass;
}

std::shared_ptr<Permits> LegGate::room_of(const std::string& name) {
  const std::lock_guard lock(mutex_);
  std::weak_ptr<Permits>& known = rooms_[name];
  auto room = known.lock();
  if (!room) {
    known = room = std::make_shared<Permits>(kNamespacePermitsMax);
  }
  if (rooms_.size() >= sweep_at_) {
    std::erase_if(rooms_, [](const auto& entry) { return entry.second.expired(); });
    sweep_at_ = std::max(kSweepMin, 2 * rooms_.size());
  }
  return room;
}

}  // namespace layer::features::legs
