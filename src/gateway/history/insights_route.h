// GET …/insights: what a namespace's searches and clicks add up to (rule HI12 of the contract).
// Thread safety: as RouteHandler.
#pragma once

#include "async/cpu_pool.h"
#include "gateway/history/history_parts.h"
#include "gateway/route_handler.h"

namespace layer::gateway {

inline constexpr std::size_t kInsightsLimitDefault = 50;
inline constexpr std::size_t kInsightsLimitMax = 1000;

class InsightsRoute final : public RouteHandler {
 public:
  // `pool` outlives the route: sums are made there.
  InsightsRoute(HistoryParts parts, async::CpuPool& pool) : parts_(parts), pool_(pool) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  HistoryParts parts_;
  async::CpuPool& pool_;
};

}  // namespace layer::gateway
