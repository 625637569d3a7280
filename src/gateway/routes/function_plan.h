// POST /v2/udfs/{id}/plan: what a run of a function would take (rule UF12 of the contract). With a
// specification in the body also of a function that is not registered. Thread safety: as
// RouteHandler.
#pragma once

#include "features/cost/rate_card.h"
#include "features/functions/plan.h"
#include "gateway/routes/functions.h"

namespace layer::gateway {

class FunctionPlanRoute final : public RouteHandler {
 public:
  // Both outlive the route.
  FunctionPlanRoute(const FunctionParts& parts, const features::cost::RateCard& card)
      : parts_(parts), card_(card) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  async::Task<Result<features::functions::RegisteredFunction>> function_of(
      const Exchange& exchange, const features::functions::PlanAsk& ask);
  // How fast it was lately; 0 where it is not registered, or not for the caller to read.
  async::Task<Result<double>> speed_of(const Exchange& exchange, const std::string& id);

  const FunctionParts& parts_;
  const features::cost::RateCard& card_;
};

}  // namespace layer::gateway
