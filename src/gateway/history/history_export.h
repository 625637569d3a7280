// GET …/history/export: queries or events of a time range as a stream of lines, newest first, as
// they are kept or as User Behavior Insights writes them (rule HI7 of the contract). Thread safety:
// as RouteHandler. Memory: one page of records.
#pragma once

#include "gateway/history/history_parts.h"
#include "gateway/route_handler.h"

namespace layer::gateway {

class HistoryExport final : public RouteHandler {
 public:
  explicit HistoryExport(HistoryParts parts) : parts_(parts) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  HistoryParts parts_;
};

}  // namespace layer::gateway
