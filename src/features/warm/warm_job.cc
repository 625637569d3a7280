#include "features/warm/warm_job.h"

#include <utility>

#include "features/warm/warm_run.h"

namespace layer::features::warm {

async::Task<Result<queue::JobProgress>> WarmJob::run(jobs::JobContext& context) {
  LAYER_CO_ASSIGN(const WarmParams params, parse_params(context.job().spec.params));
  LAYER_CO_ASSIGN(Place place, co_await parts_.places.find(context.job().spec.ns));
  const std::string ns = place.cached.ns;
  parts_.states.begun(ns);
  auto ended = co_await WarmRun(parts_, context, std::move(place), params).run();
  if (!ended) {
    parts_.states.ended(ns, 0, std::nullopt, false);
  }
  co_return ended;
}

}  // namespace layer::features::warm
