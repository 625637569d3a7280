#include "features/warm/foreign_writes.h"

namespace layer::features::warm {
namespace {

constexpr core::MetricSpec kForeignWrites{
    .name = "layer_foreign_writes_total",
    .kind = core::MetricKind::kCounter,
    .help = "times that a store was written past the gateway, as polls show",
    .labels = "namespace"};

}  // namespace

async::Task<> ForeignWrites::found(std::string ns) {
  parts_.metrics.sample(kForeignWrites, {ns}).add();
  parts_.log.warn("the store was written past this gateway; cached rows are given up",
                  {{"namespace", ns}});
  const auto place = co_await parts_.places.find(ns);
  if (place) {
    co_await parts_.cache.forget(place->cached);
  }
}

}  // namespace layer::features::warm
