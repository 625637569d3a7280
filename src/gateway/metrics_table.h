// Every metric of the process as the contract's catalog lists it: name, kind, family, labels, help,
// alert. What the gateway counts itself is counted through these specs; what other modules count is
// listed so that the catalog is whole, and a test holds the list to what is printed.
// Thread safety: constant data.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/metrics.h"

namespace layer::gateway {

enum class Metric : std::uint8_t {
  kRequests,
  kRequestDuration,
  kHttpInflight,
  kHttpConnections,
  kDraining,
  kBuildInfo,
  kReceivedBytes,
  kSentBytes,
  kQueryDuration,
  kQueryStore,
  kQueryOverhead,
  kQueryShape,
  kUpsertDuration,
  kUpsertStore,
  kUpsertOverhead,
  kUpsertBatchSize,
  kBilledWritten,
  kBilledQueried,
  kBilledReturned,
  kHeadDuration,
  kListDuration,
  kFollowupFailures,
  kFetchDuration,
  kFetchBatchSize,
  kFetchWaiting,
  kCacheOperation,
  kCacheLookups,
  kCacheLookupSeconds,
  kCachePayloadBytes,
  kCacheFills,
  kCacheFillSeconds,
  kCacheFences,
  kCacheEpochBumps,
  kCacheGenerationBumps,
  kCacheDamaged,
  kForeignWrites,
  kCacheBytes,
  kCacheEvictions,
  kCacheDemand,
  kCacheColdAnswers,
  kCacheInflight,
  kCacheConnection,
  kStoreInflight,
  kUpstreamRequests,
  kUpstreamRetries,
  kBreakerOpen,
  kUpstreamConnections,
  kAuthFailures,
  kClockDrift,
  kClockRejects,
  kReadAfter,
  kReadAfterWait,
  kWatchPolls,
  kWatchedNamespaces,
  kWatermarkLag,
  kLogicalBytes,
  kStableReads,
  kPurgePending,
  kDeletionSeconds,
  kObjectOperation,
  kQueueStatement,
  kPgPoolConnections,
  kJobs,
  kJobsResumed,
  kJobDuration,
  kWarmRows,
  kSnapshotRuns,
  kSnapshotSkipped,
  kSnapshotPruned,
  kMultiQueries,
  kMultiQueryLegs,
  kMultiQueryCalls,
  kHybridQueries,
  kHybridTokens,
  kRouterDecisions,
  kShardLegs,
  kShardLegSeconds,
  kScans,
  kScanDuration,
  kScanRows,
  kInitRows,
  kExportRows,
  kBlobMismatches,
  kEmbedTokens,
  kEmbedSeconds,
  kEmbedRequests,
  kEmbedCacheBytes,
  kHistoryRecords,
  kHistoryDropped,
  kHistoryFlushes,
  kHistorySpoolBytes,
  kUbiEvents,
  kPipelineDepth,
  kPipelineStages,
  kLeasesExpired,
  kLeaseRejections,
  kFunctionDepth,
  kFunctionItemStates,
  kFunctionOldest,
  kFunctionItems,
  kFunctionSkipped,
  kFunctionDispatch,
  kFunctionSweeps,
  kLoopSuccess,
  kWorkers,
  kWorkerRestarts,
  kResources,
  kEngineQueue,
  kResident,
};

struct MetricRow {
  core::MetricSpec spec;
  std::string_view family;
  std::string_view alert{};  // "p99 > 1 s for 10m"
};

// In the order of Metric.
std::span<const MetricRow> metric_table();
const core::MetricSpec& spec(Metric metric);

// For people, and for programs: {"metrics":[{"name":...}]}.
std::string metrics_reference();
std::string metrics_catalog_json();

}  // namespace layer::gateway
