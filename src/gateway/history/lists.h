// GET …/search-history and …/clickstream: what is kept of a namespace's queries and clicks, newest
// first. Thread safety: as RouteHandler.
#pragma once

#include "gateway/history/history_parts.h"
#include "gateway/route_handler.h"

namespace layer::gateway {

inline constexpr std::size_t kHistoryLimitDefault = 100;
inline constexpr std::size_t kHistoryLimitMax = 1000;

class HistoryList final : public RouteHandler {
 public:
  HistoryList(HistoryParts parts, features::history::RecordKind kind)
      : parts_(parts), kind_(kind) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  HistoryParts parts_;
  features::history::RecordKind kind_;
};

}  // namespace layer::gateway
