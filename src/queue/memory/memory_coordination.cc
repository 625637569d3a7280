#include "queue/memory/memory_coordination.h"

#include <algorithm>
#include <utility>

namespace layer::queue {

using std::chrono::milliseconds;

async::Task<Result<std::optional<std::uint64_t>>> MemoryCoordination::lead(std::string name,
                                                                           std::string holder,
                                                                           milliseconds lease_for) {
  const std::lock_guard lock(mutex_);
  const std::int64_t now = clock_.wall_ms();
  Lease& lease = leases_[name];
  const bool kept = lease.holder == holder && lease.epoch > 0;
  if (!kept && lease.until_ms > now) {
    co_return std::nullopt;
  }
  lease.epoch += kept ? 0 : 1;
  lease.holder = std::move(holder);
  lease.until_ms = now + lease_for.count();
  co_return lease.epoch;
}

async::Task<Result<void>> MemoryCoordination::resign(std::string name, std::string holder) {
  const std::lock_guard lock(mutex_);
  if (const auto found = leases_.find(name);
      found != leases_.end() && found->second.holder == holder) {
    found->second.holder.clear();
    found->second.until_ms = 0;
  }
  co_return Result<void>{};
}

async::Task<Result<void>> MemoryCoordination::beat(Heartbeat heartbeat) {
  LAYER_CO_TRY(check_marks(heartbeat.marks.size()));
  const std::lock_guard lock(mutex_);
  const std::string gateway = heartbeat.gateway;
  gateways_[gateway] = {.heartbeat = std::move(heartbeat), .at_ms = clock_.wall_ms()};
  co_return Result<void>{};
}

async::Task<Result<void>> MemoryCoordination::leave(std::string gateway) {
  const std::lock_guard lock(mutex_);
  gateways_.erase(gateway);
  co_return Result<void>{};
}

bool MemoryCoordination::is_live(const Beaten& gateway) const {
  return gateway.at_ms > clock_.wall_ms() - milliseconds(kGatewayLiveFor).count();
}

async::Task<Result<std::vector<std::string>>> MemoryCoordination::live_gateways() {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> live;
  for (const auto& [id, gateway] : gateways_) {
    if (is_live(gateway)) {
      live.push_back(id);
    }
  }
  co_return live;
}

async::Task<Result<std::optional<std::int64_t>>> MemoryCoordination::low_water(std::string ns) {
  const std::lock_guard lock(mutex_);
  std::optional<std::int64_t> least;
  for (const auto& [id, gateway] : gateways_) {
    if (!is_live(gateway)) {
      continue;
    }
    const auto& marks = gateway.heartbeat.marks;
    const auto own = std::ranges::find(marks, ns, &LowWaterMark::ns);
    const std::int64_t mark = own == marks.end() ? gateway.heartbeat.hlc : own->stamp;
    least = std::min(least.value_or(mark), mark);
  }
  co_return least;
}

async::Task<Result<void>> MemoryCoordination::publish(SharedWatermark watermark) {
  const std::lock_guard lock(mutex_);
  SharedWatermark& known = watermarks_[watermark.ns];
  watermark.watermark = std::max(known.watermark, watermark.watermark);
  watermark.polled_at_ms = clock_.wall_ms();
  known = std::move(watermark);
  co_return Result<void>{};
}

async::Task<Result<std::vector<SharedWatermark>>> MemoryCoordination::watermarks(
    std::vector<std::string> namespaces) {
  LAYER_CO_TRY(check_marks(namespaces.size()));
  const std::lock_guard lock(mutex_);
  std::vector<SharedWatermark> known;
  for (const std::string& ns : namespaces) {
    if (const auto found = watermarks_.find(ns); found != watermarks_.end()) {
      known.push_back(found->second);
    }
  }
  co_return known;
}

async::Task<Result<void>> MemoryCoordination::forget_watermark(std::string ns) {
  const std::lock_guard lock(mutex_);
  watermarks_.erase(ns);
  co_return Result<void>{};
}

async::Task<Result<void>> MemoryCoordination::announce(std::string kind, std::string key) {
  const std::lock_guard lock(mutex_);
  const std::int64_t sequence = ++last_sequence_;
  changes_[sequence] = {
      .change = {.sequence = sequence, .kind = std::move(kind), .key = std::move(key)},
      .at_ms = clock_.wall_ms()};
  co_return Result<void>{};
}

async::Task<Result<std::vector<Change>>> MemoryCoordination::changes(std::int64_t sequence) {
  const std::lock_guard lock(mutex_);
  std::vector<Change> later;
  for (auto each = changes_.upper_bound(sequence);
       each != changes_.end() && later.size() < kChangesMax; ++each) {
    later.push_back(each->second.change);
  }
  co_return later;
}

async::Task<Result<std::int64_t>> MemoryCoordination::last_change() {
  const std::lock_guard lock(mutex_);
  co_return last_sequence_;
}

async::Task<Result<void>> MemoryCoordination::forget_changes() {
  const std::lock_guard lock(mutex_);
  const std::int64_t before = clock_.wall_ms() - milliseconds(kChangesKeptFor).count();
  std::erase_if(changes_, [&](const auto& each) { return each.second.at_ms <= before; });
  co_return Result<void>{};
}

}  // namespace layer::queue
