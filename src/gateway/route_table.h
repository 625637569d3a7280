// Every route of the gateway, served or forwarded, in one typed table. From it come matching,
// scopes, deadlines, metrics, the OpenAPI document and the reference. Thread safety: constant data
// and pure functions. Cost: a match is one pass over the path and a comparison of a few words with
// each row; no allocation.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>

#include "gateway/auth/scope.h"

namespace layer::gateway {

// One a row of the table, in its order.
enum class RouteId : std::uint8_t {
  kHealth,
  kReady,
  kMetrics,
  kListNamespacesV1,
  kListNamespaces,
  kWrite,
  kWriteAsync,
  kDeleteNamespace,
  kQuery,
  kMultiQuery,
  kExplainQuery,
  kMetadata,
  kMetadataV1,
  kUpdateMetadata,
  kSchema,
  kUpdateSchema,
  kWarm,
  kRecall,
  kOperation,
  kWriteV1,
  kQueryV1,
  kExportV1,
  kDeleteNamespaceV1,
  kDeletions,
  kDeletion,
  kDocument,
  kDocumentBatch,
  kDocumentWhere,
  kPutBlob,
  kBlob,
  kNamespaceCapabilities,
  kStoreCapabilities,
  kStores,
  kStore,
  kResources,
  kResourcesOfKind,
  kResource,
  kModels,
  kJobs,
  kJob,
  kCancelJob,
  kWarmNamespace,
  kWarmJobs,
  kWarmJob,
  kTakeSnapshot,
  kLatestSnapshot,
  kSnapshotDiff,
  kSnapshot,
  kSnapshotJobs,
  kSnapshotJob,
  kSnapshotResults,
  kSnapshotHistory,
  kSnapshotPolicy,
  kPutSnapshotPolicy,
  kCreateCheckpoint,
  kCheckpoints,
  kCheckpoint,
  kDeleteCheckpoint,
  kSnapshotActivity,
  kStartScan,
  kScans,
  kScan,
  kEndScan,
  kScanResults,
  kInit,
  kStartExport,
  kExports,
  kExport,
  kEndExport,
  kExportResults,
  kFederatedQuery,
  kSearchHistoryV1,
  kSearchHistory,
  kClickstreamV1,
  kClickstream,
  kUbiEvents,
  kHistoryExport,
  kInsights,
  kPurgeHistory,
  kCreatePipeline,
  kPipelines,
  kPipeline,
  kDeletePipeline,
  kPipelineStatus,
  kStageDocument,
  kPipelineDocuments,
  kDocumentChunks,
  kClaimDocuments,
  kDocumentHeartbeat,
  kMoveDocuments,
  kDocumentVectors,
  kDocumentRows,
  kPipelineRows,
  kCreateFunction,
  kFunctions,
  kFunction,
  kPutFunction,
  kDeleteFunction,
  kFunctionStatus,
  kDiscoverRows,
  kPlanFunction,
  kClaimItems,
  kItemHeartbeat,
  kCompleteItems,
  kFailItems,
  kPauseFunction,
  kResumeFunction,
  kResetFailedItems,
  kFunctionItems,
  // Paths under /v1/ and /v2/ that no row claims (rule T7 of the contract).
  kOpaqueRead,
  kOpaqueWrite,
  kOpaqueAdmin,
  kUnknown,  // every other path
};

enum class TimeoutClass : std::uint8_t {
  kDefault,
  kWrite,
  kLong,      // copy, branch, import, recall
  kMetadata,  // metadata and lists
  kSubmit,    // job submission
  kPromql,
  kStream,  // downloads: no total limit, but progress
};
inline constexpr std::size_t kTimeoutClasses = 7;
// "default", "write", "long", ...: the suffix of the option --timeout.<class>.
std::string_view name(TimeoutClass timeout);

enum class Serving : std::uint8_t {
  kService,    // about the process; needs no key
  kStoreWire,  // forwarded unless a feature takes it
  kLayer,      // made by the gateway
  kOpaque,     // forwarded, meaning unknown
};

// What a request may change. Reads are cancelled when their caller leaves; writes run to their end.
enum class Effect : std::uint8_t { kRead, kWrite };

struct Route {
  RouteId id;
  std::string_view method;   // "GET" serves HEAD as well; empty where the pattern is
  std::string_view pattern;  // segments; {ns}, {id}, ... match any one non-empty segment
  Serving serving;
  Scope scope;
  Effect effect;
  TimeoutClass timeout;
  std::string_view name;      // in metrics, logs, history; the operationId of the OpenAPI document
  std::string_view summary;   // one line for people
  std::string_view statuses;  // what it answers beside the common errors, "200 404"
};

// Indexed by RouteId.
std::span<const Route> route_table();
const Route& route(RouteId id);
inline constexpr std::size_t kRouteCount = static_cast<std::size_t>(RouteId::kUnknown) + 1;

struct RouteMatch {
  const Route* route = nullptr;  // never null in a result of match_route()
  bool dot_segment = false;      // a segment "." or "..", plain or encoded: always refused
  std::string_view ns{};         // raw, still encoded segment of {ns}; empty: none in the path
  // The further parameters in their order, raw.
  std::array<std::string_view, 2> params{};
};

// `path` is the raw path of the target. The views of the result are parts of it.
RouteMatch match_route(std::string_view method, std::string_view path);

}  // namespace layer::gateway
