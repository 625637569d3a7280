// Search history as a whole: what watches queries and fetches, and the routes that show it. Thread
// safety: made and entered at start.
#pragma once

#include <optional>

#include "gateway/history/capture.h"
#include "gateway/history/history_export.h"
#include "gateway/history/insights_route.h"
#include "gateway/history/lists.h"
#include "gateway/history/purge_history.h"
#include "gateway/history/ubi_events.h"

namespace layer::gateway {

class HistoryRoutes {
 public:
  // What is referred to outlives the routes.
  struct Parts {
    features::history::Recorder* recorder;  // null, with the reader: history is switched off
    features::history::Reader* reader;
    PurgeRecords purge;  // empty where the reader is null
    const features::namespaces::Router& router;
    JobParts jobs;
    async::CpuPool& pool;
    core::Metrics& metrics;
  };
  explicit HistoryRoutes(const Parts& parts);

  // After every other route was entered; they outlive `handlers`. `forward` answers queries in the
  // older shape.
  void serve(RouteHandlers& handlers, RouteHandler& forward);
  // After the last request, before the recorder ends.
  void stop();

 private:
  std::optional<HistoryCapture> capture_;
  HistoryList queries_;
  HistoryList clicks_;
  HistoryExport export_;
  InsightsRoute insights_;
  UbiEvents ubi_;
  PurgeHistory purge_;
  std::optional<PurgeJob> job_;
};

}  // namespace layer::gateway
