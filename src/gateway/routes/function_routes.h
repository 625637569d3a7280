// Functions as a whole: their routes. Thread safety: made and entered at start.
#pragma once

#include <utility>

#include "features/cost/rate_card.h"
#include "gateway/routes/function_plan.h"
#include "gateway/routes/function_work.h"
#include "gateway/routes/functions.h"

namespace layer::gateway {

class FunctionRoutes {
 public:
  // What is referred to outlives the routes.
  struct Parts {
    queue::FunctionQueue* queue;                      // null: no queue database
    features::functions::FunctionRegistry* registry;  // null with it
    Targets& targets;
    Authenticator& auth;
    RouteHandler& write;
    const core::Signer& signer;
    const core::Clock& clock;
    async::CpuPool& pool;
    core::Metrics& metrics;
    std::function<void()> registered;  // as in FunctionParts
  };
  explicit FunctionRoutes(Parts parts)
      : access_(parts.targets, parts.auth),
        write_({.targets = parts.targets, .auth = parts.auth, .write = parts.write}),
        parts_({.queue = parts.queue,
                .registry = parts.registry,
                .targets = parts.targets,
                .access = access_,
                .write = write_,
                .signer = parts.signer,
                .clock = parts.clock,
                .pool = parts.pool,
                .metrics = parts.metrics,
                .registered = std::move(parts.registered)}) {}

  // The way of every write.
  InnerWrite& write() { return write_; }

  // The routes outlive `handlers`.
  void serve(RouteHandlers& handlers) {
    for (const RouteId id :
         {RouteId::kCreateFunction, RouteId::kFunctions, RouteId::kFunction, RouteId::kPutFunction,
          RouteId::kDeleteFunction, RouteId::kFunctionStatus, RouteId::kPauseFunction,
          RouteId::kResumeFunction, RouteId::kResetFailedItems}) {
      handlers.serve(id, functions_);
    }
    handlers.serve(RouteId::kPlanFunction, plan_);
    handlers.serve(RouteId::kDiscoverRows, rows_);
    handlers.serve(RouteId::kFunctionItems, rows_);
    for (const RouteId id : {RouteId::kClaimItems, RouteId::kItemHeartbeat, RouteId::kCompleteItems,
                             RouteId::kFailItems}) {
      handlers.serve(id, work_);
    }
  }

 private:
  TargetAccess access_;
  InnerWrite write_;
  FunctionParts parts_;
  FunctionsRoute functions_{parts_};
  FunctionRowsRoute rows_{parts_};
  FunctionWorkRoute work_{parts_};
  FunctionPlanRoute plan_{parts_, features::cost::shipped_card()};
};

}  // namespace layer::gateway
