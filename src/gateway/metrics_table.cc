#include "gateway/metrics_table.h"

#include <array>

#include <fmt/format.h>

#include "core/options.h"
#include "json/writer.h"

namespace layer::gateway {
namespace {

using core::MetricSpec;
constexpr auto kCounter = core::MetricKind::kCounter;
constexpr auto kGauge = core::MetricKind::kGauge;
constexpr auto kHistogram = core::MetricKind::kHistogram;

constexpr std::array kSeconds{.0005, .001, .0025, .005, .01, .025, .05,
                              .1,    .25,  .5,    1.0,  2.5, 5.0,  10.0};
constexpr std::array kBatch{1.0, 10.0, 100.0, 1000.0, 10000.0};
constexpr std::array<double, 8> kRowBuckets{0, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8};
constexpr std::array kPayload{1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8};
constexpr std::array kTokenBuckets{1.0, 2.0, 3.0, 4.0, 5.0, 8.0, 10.0, 15.0};
constexpr std::array kLegBuckets{2.0, 4.0, 8.0, 16.0};
constexpr std::array kCallBuckets{1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0};
constexpr std::array kFetchIds{1.0, 10.0, 100.0, 1000.0};
constexpr std::string_view kByNamespace = "pipeline_id namespace status";
constexpr std::string_view kByStoreKind = "namespace store_kind";

constexpr MetricSpec seconds(std::string_view name, std::string_view help,
                             std::string_view labels) {
  return {name, kHistogram, help, labels, kSeconds};
}

constexpr std::array kTable{
    MetricRow{
        {"layer_requests_total", kCounter, "requests answered", "route status_class served_by"},
        "http"},
    MetricRow{seconds("layer_request_duration_seconds",
                      "time from a request's head to the end of its answer",
                      "route status_class served_by"),
              "http"},
    MetricRow{{"layer_http_inflight", kGauge, "requests being served", "state"}, "http"},
    MetricRow{{"layer_http_connections", kGauge, "connections of callers", "state"}, "http"},
    MetricRow{{"layer_draining", kGauge, "1 while the process drains"}, "http"},
    MetricRow{{"layer_build_info", kGauge, "1, with what was built", "version commit"}, "http"},
    MetricRow{
        {"layer_http_request_body_bytes_total", kCounter, "bytes of request bodies as received"},
        "http"},
    MetricRow{
        {"layer_http_response_body_bytes_total", kCounter, "bytes of response bodies as sent"},
        "http"},
    MetricRow{seconds("layer_query_duration_seconds", "total query time", kByNamespace), "query",
              "p99 > 1 s for 10m"},
    MetricRow{seconds("layer_query_tpuf_seconds", "time the store took for queries", kByNamespace),
              "query"},
    MetricRow{seconds("layer_query_overhead_seconds", "query time less the store's", kByNamespace),
              "query"},
    MetricRow{{"layer_query_shape_total", kCounter, "queries by what they ask for",
               "pipeline_id namespace has_filter has_rank_by status"},
              "query"},
    MetricRow{seconds("layer_upsert_duration_seconds", "total write time", kByNamespace), "upsert",
              "p99 > 2 s for 10m"},
    MetricRow{seconds("layer_upsert_tpuf_seconds", "time the store took for writes", kByNamespace),
              "upsert"},
    MetricRow{seconds("layer_upsert_overhead_seconds", "write time less the store's", kByNamespace),
              "upsert"},
    MetricRow{
        {"layer_upsert_batch_size", kHistogram, "rows per write", "pipeline_id namespace", kBatch},
        "upsert"},
    MetricRow{{"hevlayer_tpuf_billable_bytes_written_total", kCounter,
               "bytes written that the store bills", kByStoreKind},
              "storage"},
    MetricRow{{"hevlayer_tpuf_billable_bytes_queried_total", kCounter,
               "bytes queried that the store bills", kByStoreKind},
              "query"},
    MetricRow{{"hevlayer_tpuf_billable_bytes_returned_total", kCounter,
               "bytes returned that the store bills", kByStoreKind},
              "query"},
    MetricRow{seconds("layer_head_duration_seconds", "time of metadata requests", kByNamespace),
              "query"},
    MetricRow{seconds("layer_list_duration_seconds", "time of namespace lists", kByNamespace),
              "query"},
    MetricRow{{"layer_write_followup_failures_total", kCounter,
               "steps after a successful write that failed and are tried again", "step"},
              "upsert"},
    MetricRow{seconds("layer_fetch_duration_seconds", "time of reads by id",
                      "operation namespace cache_result"),
              "fetch"},
    MetricRow{{"layer_fetch_batch_size", kHistogram, "ids per read by id", "operation", kFetchIds},
              "fetch"},
    MetricRow{
        {"layer_fetch_waiting", kGauge, "rows that requests wait for while another one reads them"},
        "saturation"},
    MetricRow{{"layer_aerospike_op_duration_seconds", kHistogram,
               "time of operations of the document cache's records, of any kind",
               "operation set status", kSeconds},
              "storage"},
    MetricRow{{"layer_cache_lookups_total", kCounter, "rows looked up in the cache",
               "set namespace result"},
              "cache"},
    MetricRow{seconds("layer_cache_lookup_duration_seconds",
                      "time of look-ups, of one row or a batch", "set result"),
              "cache"},
    MetricRow{{"layer_cache_payload_bytes", kHistogram, "sizes of rows that came from the cache",
               "set result", kPayload},
              "cache"},
    MetricRow{{"layer_cache_backfills_total", kCounter,
               "rows put into the cache after a read of the store", "set status"},
              "cache"},
    MetricRow{
        seconds("layer_cache_backfill_duration_seconds",
                "time of putting rows into the cache after a read of the store", "set status"),
        "cache"},
    MetricRow{{"layer_cache_fences_total", kCounter, "fences of writes: raised, settled, expired",
               "operation result"},
              "cache"},
    MetricRow{{"layer_cache_epoch_bumps_total", kCounter,
               "times that everything cached was given up", "reason"},
              "cache"},
    MetricRow{{"layer_cache_generation_bumps_total", kCounter,
               "times that a namespace's rows were given up", "reason"},
              "cache"},
    MetricRow{{"layer_cache_damaged_records_total", kCounter,
               "cached records that failed their checksum"},
              "cache"},
    MetricRow{{"layer_foreign_writes_total", kCounter,
               "times that a store was written past the gateway, as polls show", "namespace"},
              "cache"},
    MetricRow{
        {"layer_cache_bytes", kGauge, "what a cache of this process takes, in memory or on disk"},
        "cache"},
    MetricRow{{"layer_cache_evictions_total", kCounter,
               "records that a cache of this process gave up for room"},
              "cache"},
    MetricRow{{"hevlayer_cache_demand_total", kCounter,
               "requests that the cache may answer; the signal to scale it up", kByStoreKind},
              "cache"},
    MetricRow{{"hevlayer_cache_cold_responses_total", kCounter,
               "requests refused because only the cache could have answered", kByStoreKind},
              "cache",
              "any in 5m"},
    MetricRow{
        {"layer_aerospike_inflight", kGauge, "calls of the document cache in flight, of any kind"},
        "saturation"},
    MetricRow{{"layer_aerospike_connection_state", kGauge,
               "1 for the state the document cache is in", "state"},
              "saturation",
              "failed for 5m"},
    MetricRow{{"layer_tpuf_inflight", kGauge, "calls to stores in flight"}, "saturation"},
    MetricRow{{"layer_upstream_requests_total", kCounter, "calls to stores", "store outcome"},
              "http"},
    MetricRow{{"layer_upstream_retries_total", kCounter, "repeated calls", "store reason"}, "http"},
    MetricRow{{"layer_upstream_breaker_open", kGauge, "1 while a store's breaker is open", "store"},
              "http",
              "1 for 1m"},
    MetricRow{{"layer_upstream_connections", kGauge, "connections to stores", "store state"},
              "http"},
    MetricRow{{"layer_auth_failures_total", kCounter, "requests refused with 401 or 403", "reason"},
              "security"},
    MetricRow{{"layer_clock_drift_ms", kGauge, "the hybrid clock less the wall clock"},
              "consistency"},
    MetricRow{{"layer_clock_rejects_total", kCounter, "stamps refused for being too far ahead"},
              "consistency"},
    MetricRow{{"layer_read_after_total", kCounter, "reads that waited for a write", "level result"},
              "consistency"},
    MetricRow{seconds("layer_read_after_wait_seconds", "how long they waited", "level result"),
              "consistency"},
    MetricRow{
        {"layer_watch_polls_total", kCounter, "metadata polls of watched namespaces", "status"},
        "consistency"},
    MetricRow{{"layer_watched_namespaces", kGauge, "namespaces whose metadata is polled"},
              "consistency"},
    MetricRow{{"layer_watermark_lag_seconds", kGauge,
               "now less the watermark of a watched namespace", kByStoreKind},
              "consistency",
              "> 300 for 10m"},
    MetricRow{{"hevlayer_tpuf_logical_bytes", kGauge, "size of a namespace, as its store says",
               kByStoreKind},
              "storage"},
    MetricRow{{"layer_stable_reads_total", kCounter,
               "reads at level stable, and those that were cut", "namespace cut"},
              "consistency"},
    MetricRow{{"layer_namespace_purge_pending", kGauge, "open deletions", "namespace"},
              "storage",
              "> 0 for 1h"},
    MetricRow{seconds("layer_deletion_seconds", "time to purge one place of a namespace", "place"),
              "storage"},
    MetricRow{seconds("layer_s3_op_duration_seconds",
                      "time of object-store operations, of any kind", "operation status"),
              "storage"},
    MetricRow{seconds("layer_pg_query_duration_seconds",
                      "time of statements of the queue database, of any kind", "query_name status"),
              "storage"},
    MetricRow{{"layer_pg_pool_connections", kGauge,
               "connections to the queue database, and operations that wait for one", "state"},
              "saturation",
              "state=waiting > 0 for 5m"},
    MetricRow{{"layer_jobs", kGauge, "jobs by what they are and how far they came", "kind status"},
              "jobs"},
    MetricRow{{"layer_jobs_resumed_total", kCounter,
               "jobs that went on after their gateway stopped or died", "kind"},
              "jobs"},
    MetricRow{seconds("layer_job_duration_seconds", "time from a job's submission to its end",
                      "kind status"),
              "jobs"},
    MetricRow{{"layer_warm_rows_total", kCounter,
               "rows that warms read, and those of them that were cached", "result"},
              "cache"},
    MetricRow{{"layer_snapshot_runs_total", kCounter,
               "snapshots that were taken, and those that failed", "namespace store_kind result"},
              "cache"},
    MetricRow{{"hevlayer_snapshot_field_skipped_total", kCounter, "fields that a snapshot left out",
               "namespace store_kind field reason"},
              "cache",
              "any in 1h"},
    MetricRow{{"hevlayer_snapshot_pruned_total", kCounter, "snapshots that retention removed",
               "namespace store_kind"},
              "cache"},
    MetricRow{{"hevlayer_multi_query_total", kCounter, "multi-queries by how they ended",
               "namespace store_kind status"},
              "query"},
    MetricRow{{"hevlayer_multi_query_legs", kHistogram, "queries of a multi-query", kByStoreKind,
               kLegBuckets},
              "query"},
    MetricRow{{"hevlayer_multi_query_upstream_calls", kHistogram,
               "calls of the store that a multi-query took", kByStoreKind, kCallBuckets},
              "query"},
    MetricRow{{"hevlayer_hybrid_text_queries_total", kCounter,
               "hybrid text queries by how they ended", "namespace store_kind status"},
              "query"},
    MetricRow{{"hevlayer_hybrid_text_tokens", kHistogram,
               "words that a hybrid text query looked for", kByStoreKind, kTokenBuckets},
              "query"},
    MetricRow{
        {"hevlayer_query_router_decisions_total", kCounter,
         "routes that Auto took, and whether they were run", "namespace store_kind route executed"},
        "query"},
    MetricRow{{"layer_shard_legs_total", kCounter, "calls that read one shard for a ranked query",
               "namespace kind status"},
              "query"},
    MetricRow{
        seconds("layer_shard_leg_seconds", "time that such a call took", "namespace kind status"),
        "query"},
    MetricRow{{"hevlayer_scan_total", kCounter, "scans and counts by how they ended",
               "namespace store_kind mode selector served_by status"},
              "scans"},
    MetricRow{seconds("hevlayer_scan_duration_seconds", "time that scans and counts took",
                      "namespace store_kind mode selector served_by status"),
              "scans"},
    MetricRow{{"hevlayer_scan_documents_scanned", kHistogram, "rows that scans looked at",
               "namespace store_kind mode selector served_by status", kRowBuckets},
              "scans"},
    MetricRow{{"layer_init_rows_total", kCounter,
               "rows that backfills of layouts read, and those of them that got a shard", "result"},
              "jobs"},
    MetricRow{{"layer_export_rows_total", kCounter, "rows that exports wrote to their results"},
              "jobs"},
    MetricRow{{"layer_blob_mismatches_total", kCounter,
               "blobs whose bytes in the object store are not what their name says", "namespace"},
              "storage"},
    MetricRow{{"hevlayer_embed_tokens_total", kCounter, "tokens that embedding models read",
               "namespace store_kind model serving"},
              "cost"},
    MetricRow{{"hevlayer_embed_compute_seconds_total", kCounter, "time that embedding models took",
               "namespace store_kind model serving"},
              "cost"},
    MetricRow{{"layer_embed_requests_total", kCounter,
               "calls of embedding models by how they ended", "model serving status"},
              "cost"},
    MetricRow{{"layer_embed_cache_bytes", kGauge, "bytes of vectors kept for equal texts"}, "cost"},
    MetricRow{{"layer_history_records_total", kCounter, "searches and clicks recorded", "kind"},
              "history"},
    MetricRow{{"layer_history_dropped_total", kCounter,
               "records of searches and clicks lost, by reason", "reason"},
              "history"},
    MetricRow{
        {"layer_history_flush_total", kCounter, "uploads of search history segments", "status"},
        "history"},
    MetricRow{
        {"layer_history_spool_bytes", kGauge, "search history on disk that may not be uploaded"},
        "history",
        "> 80 % of the limit for 10m"},
    MetricRow{{"layer_ubi_events_total", kCounter, "User Behavior Insights events that came in",
               "action result"},
              "history"},
    MetricRow{{"layer_pipeline_queue_depth", kGauge,
               "documents of a pipeline that wait or are worked on", "pipeline_id"},
              "pipeline"},
    MetricRow{{"layer_pipeline_stage_count", kGauge, "documents of a pipeline in a stage",
               "pipeline_id stage"},
              "pipeline"},
    MetricRow{{"layer_leases_expired_total", kCounter, "leases that ran out", "queue reason"},
              "queue"},
    MetricRow{{"layer_lease_rejections_total", kCounter,
               "reports by workers that no longer held the item", "queue reason"},
              "queue"},
    MetricRow{{"layer_udf_queue_depth", kGauge,
               "items of a function that are due within a minute or worked on", "udf"},
              "udf"},
    MetricRow{{"layer_udf_items", kGauge, "items of a function in a state", "udf state"}, "udf"},
    MetricRow{{"layer_udf_oldest_due_seconds", kGauge,
               "how long the longest due item of a function waits", "udf"},
              "udf"},
    MetricRow{{"layer_udf_items_total", kCounter, "items of functions that workers answered for",
               "udf result"},
              "udf"},
    MetricRow{{"layer_udf_skipped_total", kCounter,
               "rows not computed again, as their inputs are what they were", "udf"},
              "udf"},
    MetricRow{seconds("layer_udf_dispatch_seconds",
                      "how long a worker took for a batch that was pushed to it", "udf status"),
              "udf"},
    MetricRow{seconds("layer_udf_sweep_seconds", "how long looking for rows of a function took",
                      "udf status"),
              "udf"},
    MetricRow{{"layer_loop_last_success_seconds", kGauge,
               "when a background loop last had a good turn, in Unix time; 0 = not yet", "loop"},
              "saturation",
              "older than 10 turns"},
    MetricRow{{"layer_workers", kGauge, "worker processes of an object", "kind name state"}, "udf"},
    MetricRow{{"layer_worker_restarts_total", kCounter,
               "worker processes that crashed and are started again", "kind name"},
              "udf"},
    MetricRow{{"layer_resources", kGauge, "resources by kind and state", "kind ready"}, "operator"},
    MetricRow{{"layer_engine_queue_jobs", kGauge, "requests that wait for an engine thread"},
              "saturation"},
    MetricRow{{"process_resident_memory_bytes", kGauge, "resident memory"}, "saturation"},
};
static_assert(kTable.size() == static_cast<std::size_t>(Metric::kResident) + 1);

std::string_view kind_name(core::MetricKind kind) {
  constexpr std::array<std::string_view, 3> kNames{"counter", "gauge", "histogram"};
  return kNames[static_cast<std::size_t>(kind)];
}

}  // namespace

std::span<const MetricRow> metric_table() {
  return kTable;
}

const core::MetricSpec& spec(Metric metric) {
  return kTable[static_cast<std::size_t>(metric)].spec;
}

std::string metrics_reference() {
  std::string out =
      "# Metrics\n\n"
      "Made by `layer metrics catalog --markdown` from `src/gateway/metrics_table.cc`; do not "
      "edit.\n\n"
      "| name | kind | family | labels | meaning | alert |\n|---|---|---|---|---|---|\n";
  for (const MetricRow& row : kTable) {
    fmt::format_to(std::back_inserter(out), "| `{}` | {} | {} | {} | {} | {} |\n", row.spec.name,
                   kind_name(row.spec.kind), row.family, row.spec.labels, row.spec.help, row.alert);
  }
  return out;
}

std::string metrics_catalog_json() {
  json::Writer out;
  out.begin_object();
  out.key("metrics");
  out.begin_array();
  for (const MetricRow& row : kTable) {
    out.begin_object();
    out.member("name", row.spec.name);
    out.member("kind", kind_name(row.spec.kind));
    out.member("family", row.family);
    out.key("labels");
    out.begin_array();
    for (const std::string_view label : core::split_words(row.spec.labels)) {
      out.value(label);
    }
    out.end_array();
    out.member("help", row.spec.help);
    if (!row.alert.empty()) {
      out.member("alert", row.alert);
    }
    out.end_object();
  }
  out.end_array();
  out.end_object();
  return std::move(out).take();
}

}  // namespace layer::gateway
