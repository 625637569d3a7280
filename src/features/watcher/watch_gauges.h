// What metrics tell of each watched namespace: how old its watermark is, and how large the store
// says it is. Thread safety: seen() on one loop, the readings from any thread. What is referred to
// outlives the metrics' last print.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/metrics.h"
#include "features/namespaces/store_metadata.h"
#include "features/watcher/watch_table.h"

namespace layer::features::watcher {

// Those seen first have gauges; beyond it there are none.
inline constexpr std::size_t kGaugedNamespacesMax = 5'000;

class WatchGauges {
 public:
  WatchGauges(const WatchTable& table, core::Metrics& metrics) : table_(table), metrics_(metrics) {}

  // A poll's answer.
  void seen(const std::string& ns, std::string_view store_kind,
            const namespaces::StoreMetadata& metadata);

 private:
  const WatchTable& table_;
  core::Metrics& metrics_;
  std::unordered_map<std::string, std::shared_ptr<std::atomic<std::uint64_t>>> bytes_;
};

}  // namespace layer::features::watcher
