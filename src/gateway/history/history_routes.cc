#include "gateway/history/history_routes.h"

namespace layer::gateway {
namespace {

using features::history::RecordKind;

HistoryParts shown_parts(const HistoryRoutes::Parts& parts) {
  return {.reader = parts.reader,
          .router = parts.router,
          .signer = parts.jobs.signer,
          .clock = parts.jobs.clock};
}

std::optional<EntryWriter::Parts> writer_parts(const HistoryRoutes::Parts& parts) {
  if (parts.recorder == nullptr || parts.reader == nullptr) {
    return std::nullopt;
  }
  return EntryWriter::Parts{.recorder = *parts.recorder,
                            .reader = *parts.reader,
                            .router = parts.router,
                            .clock = parts.jobs.clock,
                            .pool = parts.pool,
                            .metrics = parts.metrics};
}

EntryWriter* make(std::optional<HistoryCapture>& capture, const HistoryRoutes::Parts& parts) {
  const auto writer = writer_parts(parts);
  return writer ? &capture.emplace(*writer).writer() : nullptr;
}

}  // namespace

HistoryRoutes::HistoryRoutes(const Parts& parts)
    : queries_(shown_parts(parts), RecordKind::query),
      clicks_(shown_parts(parts), RecordKind::click),
      export_(shown_parts(parts)),
      insights_(shown_parts(parts), parts.pool),
      ubi_(make(capture_, parts), parts.jobs.auth),
      purge_(shown_parts(parts), parts.jobs) {
  if (parts.purge && parts.jobs.runner != nullptr) {
    parts.jobs.runner->add(job_.emplace(parts.purge));
  }
}

void HistoryRoutes::serve(RouteHandlers& handlers, RouteHandler& forward) {
  handlers.serve(RouteId::kSearchHistoryV1, queries_);
  handlers.serve(RouteId::kSearchHistory, queries_);
  handlers.serve(RouteId::kClickstreamV1, clicks_);
  handlers.serve(RouteId::kClickstream, clicks_);
  handlers.serve(RouteId::kHistoryExport, export_);
  handlers.serve(RouteId::kInsights, insights_);
  handlers.serve(RouteId::kUbiEvents, ubi_);
  handlers.serve(RouteId::kPurgeHistory, purge_);
  if (capture_) {
    capture_->wrap(handlers, forward);
  }
}

void HistoryRoutes::stop() {
  if (capture_) {
    capture_->stop();
  }
}

}  // namespace layer::gateway
