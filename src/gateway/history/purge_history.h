// DELETE …/history and the job behind it, kind history_purge (rule HI10 of the contract): records
// of one client, one user, or older than a time are taken out of spool and segments. Thread safety:
// as RouteHandler and JobKind.
#pragma once

#include <functional>
#include <string>

#include "features/history/purge.h"
#include "features/jobs/job_kind.h"
#include "gateway/history/history_parts.h"
#include "gateway/route_handler.h"
#include "gateway/routes/jobs.h"

namespace layer::gateway {

inline constexpr std::string_view kPurgeKind = "history_purge";

// features::history::History::purge.
using PurgeRecords = std::function<async::Task<Result<features::history::PurgeCount>>(
    std::string ns, features::history::PurgeAsk ask)>;

class PurgeJob final : public features::jobs::JobKind {
 public:
  explicit PurgeJob(PurgeRecords purge) : purge_(std::move(purge)) {}

  std::string_view name() const override { return kPurgeKind; }
  // Done over as a whole when it is interrupted: what is gone is not counted again.
  async::Task<Result<queue::JobProgress>> run(features::jobs::JobContext& context) override;

 private:
  PurgeRecords purge_;
};

class PurgeHistory final : public RouteHandler {
 public:
  PurgeHistory(HistoryParts parts, JobParts jobs) : parts_(parts), jobs_(jobs) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  HistoryParts parts_;
  JobParts jobs_;
};

}  // namespace layer::gateway
