#include "cache/cache_metrics.h"

#include <array>

namespace layer::cache {

using enum core::MetricKind;

std::span<const double> payload_buckets() {
  static constexpr std::array kDecades{1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8};
  return kDecades;
}

const core::MetricSpec kCacheOperationSeconds{
    .name = "layer_aerospike_op_duration_seconds",
    .kind = kHistogram,
    .help = "time of operations of the document cache's records, of any kind",
    .labels = "operation set status",
    .buckets = core::seconds_buckets()};
const core::MetricSpec kCacheLookups{.name = "layer_cache_lookups_total",
                                     .kind = kCounter,
                                     .help = "rows looked up in the cache",
                                     .labels = "set namespace result"};
const core::MetricSpec kCacheLookupSeconds{.name = "layer_cache_lookup_duration_seconds",
                                           .kind = kHistogram,
                                           .help = "time of look-ups, of one row or a batch",
                                           .labels = "set result",
                                           .buckets = core::seconds_buckets()};
const core::MetricSpec kCachePayloadBytes{.name = "layer_cache_payload_bytes",
                                          .kind = kHistogram,
                                          .help = "sizes of rows that came from the cache",
                                          .labels = "set result",
                                          .buckets = payload_buckets()};
const core::MetricSpec kCacheFills{.name = "layer_cache_backfills_total",
                                   .kind = kCounter,
                                   .help = "rows put into the cache after a read of the store",
                                   .labels = "set status"};
const core::MetricSpec kCacheFillSeconds{
    .name = "layer_cache_backfill_duration_seconds",
    .kind = kHistogram,
    .help = "time of putting rows into the cache after a read of the store",
    .labels = "set status",
    .buckets = core::seconds_buckets()};
const core::MetricSpec kCacheFences{.name = "layer_cache_fences_total",
                                    .kind = kCounter,
                                    .help = "fences of writes: raised, settled, expired",
                                    .labels = "operation result"};
const core::MetricSpec kCacheEpochBumps{.name = "layer_cache_epoch_bumps_total",
                                        .kind = kCounter,
                                        .help = "times that everything cached was given up",
                                        .labels = "reason"};
const core::MetricSpec kCacheGenerationBumps{.name = "layer_cache_generation_bumps_total",
                                             .kind = kCounter,
                                             .help = "times that a namespace's rows were given up",
                                             .labels = "reason"};
const core::MetricSpec kCacheDamaged{.name = "layer_cache_damaged_records_total",
                                     .kind = kCounter,
                                     .help = "cached records that failed their checksum"};
const core::MetricSpec kCacheInflight{.name = "layer_aerospike_inflight",
                                      .kind = kGauge,
                                      .help = "calls of the document cache in flight, of any kind"};
const core::MetricSpec kCacheConnection{.name = "layer_aerospike_connection_state",
                                        .kind = kGauge,
                                        .help = "1 for the state the document cache is in",
                                        .labels = "state"};
const core::MetricSpec kCacheBytes{
    .name = "layer_cache_bytes",
    .kind = kGauge,
    .help = "what a cache of this process takes, in memory or on disk"};
const core::MetricSpec kCacheEvictions{
    .name = "layer_cache_evictions_total",
    .kind = kCounter,
    .help = "records that a cache of this process gave up for room"};

}  // namespace layer::cache
