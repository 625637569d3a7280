#include "gateway/route_table.h"

#include <algorithm>

#include "core/text.h"

namespace layer::gateway {
namespace {

using enum Serving;
using enum TimeoutClass;
constexpr Effect kReads = Effect::kRead;
constexpr Effect kWrites = Effect::kWrite;
constexpr Scope kNobody = Scope::kNone;
constexpr Scope kR = Scope::kRead;
constexpr Scope kW = Scope::kWrite;
constexpr Scope kA = Scope::kAdmin;
constexpr TimeoutClass kUsual = TimeoutClass::kDefault;
constexpr TimeoutClass kWriting = TimeoutClass::kWrite;
constexpr TimeoutClass kMeta = TimeoutClass::kMetadata;

// clang-format off
constexpr std::array kRoutes{
    Route{RouteId::kHealth, "GET", "/health", kService, kNobody, kReads, kUsual, "health",
          "Tell that the process answers, its status and version", "200"},
    Route{RouteId::kReady, "GET", "/ready", kService, kNobody, kReads, kUsual, "ready",
          "Tell whether requests should be sent here", "200 503"},
    Route{RouteId::kMetrics, "GET", "/metrics", kService, kA, kReads, kUsual, "metrics",
          "Metrics in the Prometheus text format, on the admin listener", "200"},
    Route{RouteId::kListNamespacesV1, "GET", "/v1/namespaces", kStoreWire, kR, kReads, kMeta,
          "list_namespaces_v1", "List the namespaces of the default store", "200"},
    Route{RouteId::kListNamespaces, "GET", "/v2/namespaces", kLayer, kR, kReads, kMeta,
          "list_namespaces", "List namespaces with what is known of each", "200"},
    Route{RouteId::kWrite, "POST", "/v2/namespaces/{ns}", kStoreWire, kW, kWrites, kWriting,
          "write", "Write rows, patches, deletes; copy or branch a namespace", "200 202 400 404"},
    Route{RouteId::kWriteAsync, "POST", "/v2/namespaces/{ns}/async", kStoreWire, kW, kWrites, kLong,
          "write_async", "Start a copy that goes on in the background", "202 400 404"},
    Route{RouteId::kDeleteNamespace, "DELETE", "/v2/namespaces/{ns}", kStoreWire, kW, kWrites, kWriting,
          "delete_namespace", "Delete a namespace and every trace of it", "200 404"},
    Route{RouteId::kQuery, "POST", "/v2/namespaces/{ns}/query", kStoreWire, kR, kReads, kUsual,
          "query", "Query rows: ranking, filters, aggregations, several queries at once", "200 400 404"},
    Route{RouteId::kMultiQuery, "POST", "/v2/namespaces/{ns}/multi_query", kLayer, kR, kReads, kUsual,
          "multi_query", "Several queries at once; the same as query with `queries`", "200 400 404"},
    Route{RouteId::kExplainQuery, "POST", "/v2/namespaces/{ns}/explain_query", kStoreWire, kR, kReads, kUsual,
          "explain_query", "Explain how a query would run", "200 400 404"},
    Route{RouteId::kMetadata, "GET", "/v2/namespaces/{ns}/metadata", kStoreWire, kR, kReads, kMeta,
          "metadata", "Read a namespace's metadata", "200 404"},
    Route{RouteId::kMetadataV1, "GET", "/v1/namespaces/{ns}/metadata", kStoreWire, kR, kReads, kMeta,
          "metadata_v1", "Read a namespace's metadata in its older shape", "200 404"},
    Route{RouteId::kUpdateMetadata, "PATCH", "/v1/namespaces/{ns}/metadata", kStoreWire, kW, kWrites, kMeta,
          "update_metadata", "Change a namespace's settings", "200 400 404"},
    Route{RouteId::kSchema, "GET", "/v1/namespaces/{ns}/schema", kStoreWire, kR, kReads, kMeta,
          "schema", "Read a namespace's schema", "200 404"},
    Route{RouteId::kUpdateSchema, "POST", "/v1/namespaces/{ns}/schema", kStoreWire, kW, kWrites, kWriting,
          "update_schema", "Change a namespace's schema", "200 400 404"},
    Route{RouteId::kWarm, "GET", "/v1/namespaces/{ns}/hint_cache_warm", kStoreWire, kR, kReads, kUsual,
          "hint_cache_warm", "Hint that a namespace will be queried soon", "200 202 404"},
    Route{RouteId::kRecall, "POST", "/v1/namespaces/{ns}/_debug/recall", kStoreWire, kR, kReads, kLong,
          "recall", "Measure the recall of the vector index", "200 202 404"},
    Route{RouteId::kOperation, "GET", "/v1/namespaces/{ns}/operations/{token}", kStoreWire, kR, kReads, kMeta,
          "operation", "Poll an operation that runs in the background", "200 404"},
    Route{RouteId::kWriteV1, "POST", "/v1/namespaces/{ns}", kStoreWire, kW, kWrites, kWriting,
          "write_v1", "Write rows in the older shape", "200 400 404"},
    Route{RouteId::kQueryV1, "POST", "/v1/namespaces/{ns}/query", kStoreWire, kR, kReads, kUsual,
          "query_v1", "Query rows in the older shape", "200 400 404"},
    Route{RouteId::kExportV1, "GET", "/v1/namespaces/{ns}", kStoreWire, kR, kReads, kStream,
          "export_v1", "Export rows in the older shape; HEAD tells whether the namespace exists", "200 404"},
    Route{RouteId::kDeleteNamespaceV1, "DELETE", "/v1/namespaces/{ns}", kStoreWire, kW, kWrites, kWriting,
          "delete_namespace_v1", "Delete a namespace, older path", "200 404"},
    Route{RouteId::kDeletions, "GET", "/v2/namespaces/{ns}/deletions", kLayer, kR, kReads, kMeta,
          "deletions", "List what was deleted under this name, newest first", "200"},
    Route{RouteId::kDeletion, "GET", "/v2/namespaces/{ns}/deletions/{id}", kLayer, kR, kReads, kMeta,
          "deletion", "Read the receipt of one deletion", "200 404"},
    Route{RouteId::kDocument, "GET", "/v2/namespaces/{ns}/documents/{id}", kLayer, kR, kReads, kUsual,
          "document", "Read one row by its id", "200 404"},
    Route{RouteId::kDocumentBatch, "POST", "/v2/namespaces/{ns}/documents", kLayer, kR, kReads, kUsual,
          "document_batch", "Read up to 10,000 rows by their ids", "200 404"},
    Route{RouteId::kDocumentWhere, "GET", "/v2/namespaces/{ns}/documents/{id}/where", kLayer, kR, kReads, kUsual,
          "document_where", "Tell what is known of a row: when it was written, where it is cached", "200 404"},
    Route{RouteId::kPutBlob, "PUT", "/v1/namespaces/{ns}/blobs", kLayer, kW, kWrites, kWriting,
          "put_blob", "Keep bytes under their hash", "200"},
    Route{RouteId::kBlob, "GET", "/v1/namespaces/{ns}/blobs/{sha256}", kLayer, kR, kReads, kUsual,
          "blob", "Read a blob; HEAD tells its size and kind", "200 206 304 404"},
    Route{RouteId::kNamespaceCapabilities, "GET", "/v2/namespaces/{ns}/capabilities", kLayer, kR, kReads, kMeta,
          "namespace_capabilities", "What can be done with a namespace", "200"},
    Route{RouteId::kStoreCapabilities, "GET", "/v2/vectorstores/{name}/capabilities", kLayer, kR, kReads, kMeta,
          "store_capabilities", "What a store can do", "200 404"},
    Route{RouteId::kStores, "GET", "/v2/vectorstores", kLayer, kR, kReads, kMeta,
          "stores", "List the stores, the default one first", "200"},
    Route{RouteId::kStore, "GET", "/v2/vectorstores/{name}", kLayer, kR, kReads, kMeta,
          "store", "Read one store", "200 404"},
    Route{RouteId::kResources, "GET", "/v2/resources", kLayer, kR, kReads, kMeta,
          "resources", "List the resources this gateway works by", "200"},
    Route{RouteId::kResourcesOfKind, "GET", "/v2/resources/{kind}", kLayer, kR, kReads, kMeta,
          "resources_of_kind", "List the resources of one kind", "200 404"},
    Route{RouteId::kResource, "GET", "/v2/resources/{kind}/{name}", kLayer, kR, kReads, kMeta,
          "resource", "Read one resource", "200 404"},
    Route{RouteId::kModels, "GET", "/v2/models", kLayer, kR, kReads, kMeta,
          "models", "List the embedding models this gateway serves", "200"},
    Route{RouteId::kJobs, "GET", "/v2/jobs", kLayer, kR, kReads, kMeta,
          "jobs", "List background jobs, newest first", "200"},
    Route{RouteId::kJob, "GET", "/v2/jobs/{id}", kLayer, kR, kReads, kMeta,
          "job", "Read one job", "200 404 410"},
    Route{RouteId::kCancelJob, "DELETE", "/v2/jobs/{id}", kLayer, kR, kWrites, kSubmit,
          "cancel_job", "Cancel a job that is not over; its owner may, or who may write the namespace", "200 404 410"},
    Route{RouteId::kWarmNamespace, "POST", "/v2/namespaces/{ns}/warm", kLayer, kW, kWrites, kSubmit,
          "warm", "Start a job that fills the document cache with every row", "202 404"},
    Route{RouteId::kWarmJobs, "GET", "/v2/namespaces/{ns}/warm-jobs", kLayer, kR, kReads, kMeta,
          "warm_jobs", "List a namespace's warm jobs, newest first", "200"},
    Route{RouteId::kWarmJob, "GET", "/v2/namespaces/{ns}/warm-jobs/{id}", kLayer, kR, kReads, kMeta,
          "warm_job", "Read one warm job", "200 404 410"},
    Route{RouteId::kTakeSnapshot, "POST", "/v2/namespaces/{ns}/snapshots", kLayer, kW, kWrites, kSubmit,
          "take_snapshot", "Start a job that counts the values of fields", "202 404 412"},
    Route{RouteId::kLatestSnapshot, "GET", "/v2/namespaces/{ns}/snapshots/latest", kLayer, kR, kReads, kMeta,
          "latest_snapshot", "Read the newest snapshot, or one field of it", "200 404"},
    Route{RouteId::kSnapshotDiff, "GET", "/v2/namespaces/{ns}/snapshots/diff", kLayer, kR, kReads, kMeta,
          "snapshot_diff", "What changed between two snapshots", "200 404 409"},
    Route{RouteId::kSnapshot, "GET", "/v2/namespaces/{ns}/snapshots/{sha}", kLayer, kR, kReads, kMeta,
          "snapshot", "Read a snapshot by its sha or the beginning of it", "200 404 409"},
    Route{RouteId::kSnapshotJobs, "GET", "/v2/namespaces/{ns}/snapshot-jobs", kLayer, kR, kReads, kMeta,
          "snapshot_jobs", "List a namespace's snapshot jobs, newest first", "200"},
    Route{RouteId::kSnapshotJob, "GET", "/v2/namespaces/{ns}/snapshot-jobs/{id}", kLayer, kR, kReads, kMeta,
          "snapshot_job", "Read one snapshot job", "200 404 410"},
    Route{RouteId::kSnapshotResults, "GET", "/v2/namespaces/{ns}/snapshot-jobs/{id}/results", kLayer, kR, kReads, kMeta,
          "snapshot_results", "Read what a snapshot with filters counted, as a page or as lines", "200 404 410"},
    Route{RouteId::kSnapshotHistory, "GET", "/v2/namespaces/{ns}/history", kLayer, kR, kReads, kMeta,
          "snapshot_history", "List a namespace's snapshots, newest first", "200"},
    Route{RouteId::kSnapshotPolicy, "GET", "/v2/namespaces/{ns}/snapshot-policy", kLayer, kR, kReads, kMeta,
          "snapshot_policy", "Read which fields are counted by themselves", "200 404"},
    Route{RouteId::kPutSnapshotPolicy, "PUT", "/v2/namespaces/{ns}/snapshot-policy", kLayer, kW, kWrites, kMeta,
          "put_snapshot_policy", "Say which fields are counted by themselves, how often, and how long that is kept", "200"},
    Route{RouteId::kCreateCheckpoint, "POST", "/v2/namespaces/{ns}/checkpoints", kLayer, kW, kWrites, kMeta,
          "create_checkpoint", "Keep the newest snapshot under a name", "200 404 409"},
    Route{RouteId::kCheckpoints, "GET", "/v2/namespaces/{ns}/checkpoints", kLayer, kR, kReads, kMeta,
          "checkpoints", "List a namespace's checkpoints, newest first", "200"},
    Route{RouteId::kCheckpoint, "GET", "/v2/namespaces/{ns}/checkpoints/{label}", kLayer, kR, kReads, kMeta,
          "checkpoint", "Read one checkpoint", "200 404"},
    Route{RouteId::kDeleteCheckpoint, "DELETE", "/v2/namespaces/{ns}/checkpoints/{label}", kLayer, kW, kWrites, kMeta,
          "delete_checkpoint", "Forget a checkpoint; its snapshot may go", "200 404"},
    Route{RouteId::kSnapshotActivity, "GET", "/v2/activity/snapshots", kLayer, kR, kReads, kMeta,
          "snapshot_activity", "Snapshots of all namespaces the key may read, newest first", "200"},
    Route{RouteId::kStartScan, "POST", "/v2/namespaces/{ns}/scans", kLayer, kR, kReads, kLong,
          "start_scan", "Count the rows that match, or start a job that lists their ids or the values of a field", "200 202 404 412"},
    Route{RouteId::kScans, "GET", "/v2/namespaces/{ns}/scans", kLayer, kR, kReads, kMeta,
          "scans", "List a namespace's scans, newest first", "200"},
    Route{RouteId::kScan, "GET", "/v2/namespaces/{ns}/scans/{id}", kLayer, kR, kReads, kMeta,
          "scan", "Read one scan", "200 404 410"},
    Route{RouteId::kEndScan, "DELETE", "/v2/namespaces/{ns}/scans/{id}", kLayer, kR, kWrites, kSubmit,
          "end_scan", "Cancel a scan, or drop the results of one that is over", "200 404 410"},
    Route{RouteId::kScanResults, "GET", "/v2/namespaces/{ns}/scans/{id}/results", kLayer, kR, kReads, kStream,
          "scan_results", "Read a scan's ids or values: in pages, or all as a stream", "200 404 409 410"},
    Route{RouteId::kInit, "POST", "/v2/namespaces/{ns}/init", kLayer, kW, kWrites, kSubmit,
          "init", "Give a namespace a layout: shards that are read at the same time", "200 404 409"},
    Route{RouteId::kStartExport, "POST", "/v2/namespaces/{ns}/exports", kLayer, kR, kReads, kSubmit,
          "start_export", "Start a job that writes rows as lines of JSON", "202 404"},
    Route{RouteId::kExports, "GET", "/v2/namespaces/{ns}/exports", kLayer, kR, kReads, kMeta,
          "exports", "List a namespace's exports, newest first", "200"},
    Route{RouteId::kExport, "GET", "/v2/namespaces/{ns}/exports/{id}", kLayer, kR, kReads, kMeta,
          "export", "Read one export", "200 404 410"},
    Route{RouteId::kEndExport, "DELETE", "/v2/namespaces/{ns}/exports/{id}", kLayer, kR, kWrites, kSubmit,
          "end_export", "Cancel an export, or drop the results of one that is over", "200 404 410"},
    Route{RouteId::kExportResults, "GET", "/v2/namespaces/{ns}/exports/{id}/results", kLayer, kR, kReads, kStream,
          "export_results", "Read an export's rows: in pages, or all as a stream", "200 404 409 410"},
    Route{RouteId::kFederatedQuery, "POST", "/v2/query", kLayer, kR, kReads, kUsual,
          "federated_query", "Ask one query of many namespaces and put their rows together", "200 404 412"},
    Route{RouteId::kSearchHistoryV1, "GET", "/v1/namespaces/{ns}/search-history", kLayer, kR, kReads, kMeta,
          "search_history_v1", "List a namespace's queries, newest first", "200"},
    Route{RouteId::kSearchHistory, "GET", "/v2/namespaces/{ns}/search-history", kLayer, kR, kReads, kMeta,
          "search_history", "List a namespace's queries, newest first", "200"},
    Route{RouteId::kClickstreamV1, "GET", "/v1/namespaces/{ns}/clickstream", kLayer, kR, kReads, kMeta,
          "clickstream_v1", "List what was done with a namespace's results, newest first", "200"},
    Route{RouteId::kClickstream, "GET", "/v2/namespaces/{ns}/clickstream", kLayer, kR, kReads, kMeta,
          "clickstream", "List what was done with a namespace's results, newest first", "200"},
    Route{RouteId::kUbiEvents, "POST", "/v2/ubi/events", kLayer, kR, kReads, kUsual,
          "ubi_events", "Tell what was done with results, as User Behavior Insights events", "202"},
    Route{RouteId::kHistoryExport, "GET", "/v2/namespaces/{ns}/history/export", kLayer, kR, kReads, kStream,
          "history_export", "Stream a namespace's queries or clicks as lines of JSON", "200"},
    Route{RouteId::kInsights, "GET", "/v2/namespaces/{ns}/insights", kLayer, kR, kReads, kUsual,
          "insights", "Sum up a namespace's searches and clicks", "200"},
    Route{RouteId::kPurgeHistory, "DELETE", "/v2/namespaces/{ns}/history", kLayer, kW, kWrites, kSubmit,
          "purge_history", "Start a job that removes a client's, a user's or old search history", "202"},
    Route{RouteId::kCreatePipeline, "POST", "/v2/pipelines", kLayer, kA, kWrites, kUsual,
          "create_pipeline", "Make a pipeline: a queue of documents for one namespace", "201 409"},
    Route{RouteId::kPipelines, "GET", "/v2/pipelines", kLayer, kR, kReads, kMeta,
          "pipelines", "List pipelines", "200"},
    Route{RouteId::kPipeline, "GET", "/v2/pipelines/{id}", kLayer, kR, kReads, kMeta,
          "pipeline", "Read a pipeline", "200 404"},
    Route{RouteId::kDeletePipeline, "DELETE", "/v2/pipelines/{id}", kLayer, kA, kWrites, kUsual,
          "delete_pipeline", "Delete a pipeline, its queue and its chunks; rows of its namespace stay", "200 404"},
    Route{RouteId::kPipelineStatus, "GET", "/v2/pipelines/{id}/status", kLayer, kR, kReads, kMeta,
          "pipeline_status", "Count the documents of each stage", "200 404"},
    Route{RouteId::kStageDocument, "PUT", "/v2/pipelines/{id}/documents/{doc}", kLayer, kW, kWrites, kWriting,
          "stage_document", "Stage a document with its chunks", "200 404"},
    Route{RouteId::kPipelineDocuments, "GET", "/v2/pipelines/{id}/documents", kLayer, kR, kReads, kUsual,
          "pipeline_documents", "List the documents of a pipeline", "200 404"},
    Route{RouteId::kDocumentChunks, "GET", "/v2/pipelines/{id}/documents/{doc}/chunks", kLayer, kR, kReads, kUsual,
          "document_chunks", "Read the chunks of a document", "200 404"},
    Route{RouteId::kClaimDocuments, "POST", "/v2/pipelines/{id}/claim", kLayer, kW, kWrites, kUsual,
          "claim_documents", "Claim documents for a while", "200 404"},
    Route{RouteId::kDocumentHeartbeat, "POST", "/v2/pipelines/{id}/documents/heartbeat", kLayer, kW, kWrites, kUsual,
          "document_heartbeat", "Keep the leases of documents", "200 404 409"},
    Route{RouteId::kMoveDocuments, "POST", "/v2/pipelines/{id}/documents/stage", kLayer, kW, kWrites, kUsual,
          "move_documents", "Move documents to a stage", "200 404 409"},
    Route{RouteId::kDocumentVectors, "PUT", "/v2/pipelines/{id}/documents/{doc}/vectors", kLayer, kW, kWrites, kWriting,
          "document_vectors", "Write the vectors of a claimed document, which is indexed then", "200 404 409"},
    Route{RouteId::kDocumentRows, "PUT", "/v2/pipelines/{id}/documents/{doc}/rows", kLayer, kW, kWrites, kWriting,
          "document_rows", "Write rows of a claimed document", "200 404 409"},
    Route{RouteId::kPipelineRows, "PUT", "/v2/pipelines/{id}/rows", kLayer, kW, kWrites, kWriting,
          "pipeline_rows", "Write rows into a pipeline's namespace", "200 404"},
    Route{RouteId::kCreateFunction, "POST", "/v2/udfs", kLayer, kA, kWrites, kUsual,
          "create_udf", "Register a function over the rows of namespaces", "201 409"},
    Route{RouteId::kFunctions, "GET", "/v2/udfs", kLayer, kR, kReads, kMeta,
          "udfs", "List functions", "200"},
    Route{RouteId::kFunction, "GET", "/v2/udfs/{id}", kLayer, kR, kReads, kMeta,
          "udf", "Read a function and its status", "200 404"},
    Route{RouteId::kPutFunction, "PUT", "/v2/udfs/{id}", kLayer, kA, kWrites, kUsual,
          "put_udf", "Register a function, or change it", "200"},
    Route{RouteId::kDeleteFunction, "DELETE", "/v2/udfs/{id}", kLayer, kA, kWrites, kUsual,
          "delete_udf", "Delete a function and its queue; what it wrote stays", "200 404"},
    Route{RouteId::kFunctionStatus, "GET", "/v2/udfs/{id}/status", kLayer, kR, kReads, kMeta,
          "udf_status", "Tell how far a function has come", "200 404"},
    Route{RouteId::kDiscoverRows, "POST", "/v2/udfs/{id}/discover", kLayer, kA, kWrites, kLong,
          "discover_udf_rows", "Look for rows that a function has not computed", "200 404"},
    Route{RouteId::kPlanFunction, "POST", "/v2/udfs/{id}/plan", kLayer, kR, kReads, kLong,
          "plan_udf", "Estimate what a run of a function takes, without one", "200 404"},
    Route{RouteId::kClaimItems, "POST", "/v2/udfs/{id}/claim", kLayer, kW, kWrites, kUsual,
          "claim_udf_items", "Claim rows to compute, with their inputs", "200 404"},
    Route{RouteId::kItemHeartbeat, "POST", "/v2/udfs/{id}/items/heartbeat", kLayer, kW, kWrites, kUsual,
          "heartbeat_udf_items", "Keep claimed rows", "200 404 409"},
    Route{RouteId::kCompleteItems, "POST", "/v2/udfs/{id}/items/complete", kLayer, kW, kWrites, kWriting,
          "complete_udf_items", "Write results to their rows", "200 404 409"},
    Route{RouteId::kFailItems, "POST", "/v2/udfs/{id}/items/fail", kLayer, kW, kWrites, kUsual,
          "fail_udf_items", "Say that rows could not be computed, and why", "200 404 409"},
    Route{RouteId::kPauseFunction, "POST", "/v2/udfs/{id}/pause", kLayer, kA, kWrites, kUsual,
          "pause_udf", "Pause a function", "200 404"},
    Route{RouteId::kResumeFunction, "POST", "/v2/udfs/{id}/resume", kLayer, kA, kWrites, kUsual,
          "resume_udf", "Go on with a paused function", "200 404"},
    Route{RouteId::kResetFailedItems, "POST", "/v2/udfs/{id}/reset-failed", kLayer, kA, kWrites, kUsual,
          "reset_failed_udf_items", "Let failed rows wait again", "200 404"},
    Route{RouteId::kFunctionItems, "GET", "/v2/udfs/{id}/items", kLayer, kR, kReads, kUsual,
          "udf_items", "List rows that wait for a function", "200 404"},
    Route{RouteId::kOpaqueRead, "", "", kOpaque, kR, kReads, kUsual, "opaque_read",
          "Any other read under /v1/ and /v2/, forwarded to the store", ""},
    Route{RouteId::kOpaqueWrite, "", "", kOpaque, kW, kWrites, kWriting, "opaque_write",
          "Any other request about a namespace, forwarded to its store", ""},
    Route{RouteId::kOpaqueAdmin, "", "", kOpaque, kA, kWrites, kWriting, "opaque_admin",
          "Any other request that names no namespace, forwarded to the default store", ""},
    Route{RouteId::kUnknown, "", "", kService, kNobody, kReads, kUsual, "unknown",
          "A path outside the API", "404"},
};
// clang-format on

static_assert(kRoutes.size() == kRouteCount);
static_assert([] {
  for (std::size_t i = 0; i < kRoutes.size(); ++i) {
    if (kRoutes[i].id != static_cast<RouteId>(i)) {
      return false;
    }
  }
  return true;
}());

constexpr std::size_t kSegmentsMax = 6;

// A path without its leading slash, cut at slashes. Paths with more segments match no row.
struct Segments {
  std::size_t count = 0;
  std::array<std::string_view, kSegmentsMax> at{};
};

constexpr Segments split(std::string_view path) {
  Segments out;
  if (!path.starts_with('/')) {
    return out;
  }
  path.remove_prefix(1);
  while (true) {
    const std::size_t slash = path.find('/');
    if (out.count == kSegmentsMax) {
      out.count = kSegmentsMax + 1;
      return out;
    }
    out.at[out.count++] = path.substr(0, slash);
    if (slash == std::string_view::npos) {
      return out;
    }
    path.remove_prefix(slash + 1);
  }
}

constexpr auto kPatterns = [] {
  std::array<Segments, kRouteCount> out{};
  for (std::size_t i = 0; i < kRouteCount; ++i) {
    out[i] = split(kRoutes[i].pattern);
  }
  return out;
}();

constexpr bool is_parameter(std::string_view segment) {
  return segment.starts_with('{');
}

bool fits(const Segments& pattern, const Segments& path) {
  for (std::size_t i = 0; i < pattern.count; ++i) {
    if (is_parameter(pattern.at[i]) ? path.at[i].empty() : pattern.at[i] != path.at[i]) {
      return false;
    }
  }
  return true;
}

RouteMatch take_parameters(std::size_t row, const Segments& path) {
  RouteMatch found{.route = &kRoutes[row]};
  std::size_t next = 0;
  for (std::size_t i = 0; i < path.count; ++i) {
    const std::string_view name = kPatterns[row].at[i];
    if (name == "{ns}") {
      found.ns = path.at[i];
    } else if (is_parameter(name)) {
      found.params[next++] = path.at[i];
    }
  }
  return found;
}

// "." or "..", where each dot may be spelled %2e.
bool is_dots(std::string_view segment) {
  std::size_t dots = 0;
  while (!segment.empty()) {
    const bool encoded = core::equals_ignore_case(segment.substr(0, 3), "%2e");
    if (!encoded && segment.front() != '.') {
      return false;
    }
    segment.remove_prefix(encoded ? 3 : 1);
    ++dots;
  }
  return dots == 1 || dots == 2;
}

bool has_dot_segment(std::string_view path) {
  std::size_t slash = path.find('/');
  while (slash != std::string_view::npos) {
    const std::size_t end = path.find('/', slash + 1);
    const std::string_view segment = path.substr(slash + 1, end - slash - 1);
    if (segment.size() <= 6 && is_dots(segment)) {
      return true;
    }
    slash = end;
  }
  return false;
}

std::string_view namespace_in(std::string_view path) {
  constexpr std::string_view kMark = "/namespaces/";
  const std::size_t at = path.find(kMark);
  if (at == std::string_view::npos) {
    return {};
  }
  const std::string_view rest = path.substr(at + kMark.size());
  return rest.substr(0, rest.find('/'));
}

RouteMatch unclaimed(bool reads, std::string_view path) {
  RouteMatch found{.route = &route(RouteId::kUnknown)};
  if (!path.starts_with("/v1/") && !path.starts_with("/v2/")) {
    return found;
  }
  found.ns = namespace_in(path);
  found.route = &route(reads              ? RouteId::kOpaqueRead
                       : found.ns.empty() ? RouteId::kOpaqueAdmin
                                          : RouteId::kOpaqueWrite);
  return found;
}

}  // namespace

std::string_view name(TimeoutClass timeout) {
  constexpr std::array<std::string_view, kTimeoutClasses> kNames{
      "default", "write", "long", "metadata", "submit", "promql", "stream"};
  return kNames[static_cast<std::size_t>(timeout)];
}

std::span<const Route> route_table() {
  return kRoutes;
}

const Route& route(RouteId id) {
  return kRoutes[static_cast<std::size_t>(id)];
}

RouteMatch match_route(std::string_view method, std::string_view path) {
  if (has_dot_segment(path)) {
    return {.route = &route(RouteId::kUnknown), .dot_segment = true};
  }
  const bool reads = method == "GET" || method == "HEAD";
  const std::string_view wanted = reads ? "GET" : method;
  const Segments segments = split(path);
  for (std::size_t i = 0; i < kRouteCount; ++i) {
    if (kPatterns[i].count == segments.count && kRoutes[i].method == wanted &&
        fits(kPatterns[i], segments)) {
      return take_parameters(i, segments);
    }
  }
  return unclaimed(reads, path);
}

}  // namespace layer::gateway
