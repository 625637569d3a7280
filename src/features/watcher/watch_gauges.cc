#include "features/watcher/watch_gauges.h"

#include <limits>

namespace layer::features::watcher {
namespace {

constexpr std::string_view kLabels = "namespace store_kind";
constexpr core::MetricSpec kLag{.name = "layer_watermark_lag_seconds",
                                .kind = core::MetricKind::kGauge,
                                .help = "now less the watermark of a watched namespace",
                                .labels = kLabels};
constexpr core::MetricSpec kLogicalBytes{.name = "hevlayer_tpuf_logical_bytes",
                                         .kind = core::MetricKind::kGauge,
                                         .help = "size of a namespace, as its store says",
                                         .labels = kLabels};

}  // namespace

void WatchGauges::seen(const std::string& ns, std::string_view store_kind,
                       const namespaces::StoreMetadata& metadata) {
  auto found = bytes_.find(ns);
  if (found == bytes_.end()) {
    if (bytes_.size() >= kGaugedNamespacesMax) {
      return;
    }
    const auto bytes = std::make_shared<std::atomic<std::uint64_t>>(0);
    found = bytes_.emplace(ns, bytes).first;
    metrics_.gauge(kLogicalBytes, {ns, store_kind},
                   [bytes] { return static_cast<double>(bytes->load()); });
    metrics_.gauge(kLag, {ns, store_kind}, [&table = table_, ns] {
      return table.lag_seconds(ns).value_or(std::numeric_limits<double>::quiet_NaN());
    });
  }
  found->second->store(metadata.logical_bytes.value_or(0));
}

}  // namespace layer::features::watcher
