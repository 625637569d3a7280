#include "gateway/routes/function_plan.h"

#include <algorithm>
#include <utility>

#include "core/limits.h"
#include "features/functions/print_plan.h"
#include "gateway/errors.h"
#include "gateway/percent.h"
#include "gateway/read_body.h"

namespace layer::gateway {
namespace {

namespace functions = features::functions;

constexpr std::size_t kPlanBytesMax = 512 * core::limits::kKiB;

}  // namespace

async::Task<Result<functions::RegisteredFunction>> FunctionPlanRoute::function_of(
    const Exchange& exchange, const functions::PlanAsk& ask) {
  if (ask.spec.empty()) {
    co_return co_await open_function(parts_, exchange);
  }
  functions::RegisteredFunction function;
  function.id = percent_decode(exchange.match.params[0]);
  LAYER_CO_TRY(functions::check_function_id(function.id));
  LAYER_CO_ASSIGN(function.spec, functions::parse_spec(ask.spec));
  LAYER_CO_TRY(co_await authorise_function(parts_, exchange, Scope::kRead, function.spec));
  co_return function;
}

async::Task<Result<double>> FunctionPlanRoute::speed_of(const Exchange& exchange,
                                                        const std::string& id) {
  const auto registered = co_await parts_.registry->find(id);
  if (!registered ||
      !co_await authorise_function(parts_, exchange, Scope::kRead, registered->spec)) {
    co_return 0.0;
  }
  LAYER_CO_ASSIGN(const auto rates, co_await parts_.queue->rates(id));
  co_return functions::measured_rows_per_second(rates);
}

async::Task<Result<http::Response>> FunctionPlanRoute::handle(Exchange& exchange) {
  LAYER_CO_TRY(registry_of(parts_));
  LAYER_CO_ASSIGN(const std::string body, co_await read_body(exchange, kPlanBytesMax));
  LAYER_CO_ASSIGN(const functions::PlanAsk ask, functions::parse_plan(body));
  LAYER_CO_ASSIGN(const auto function, co_await function_of(exchange, ask));
  const auto targets = parts_.registry->namespaces_of(function.spec);
  for (const std::string& ns : ask.namespaces) {
    if (!std::ranges::binary_search(targets, ns)) {
      co_return std::unexpected(
          validation_error("namespaces", "'" + ns + "' is no namespace of the function"));
    }
  }
  const functions::PlanParts plan{
      .resolve = resolve_for(parts_, exchange), .pool = parts_.pool, .clock = parts_.clock};
  LAYER_CO_ASSIGN(auto run, co_await functions::plan_run(
                                plan, function, ask.namespaces.empty() ? targets : ask.namespaces,
                                ask.sample, exchange.deadline));
  LAYER_CO_ASSIGN(run.rows_per_second, co_await speed_of(exchange, function.id));
  co_return http::json_response(200, functions::print_plan(run, card_));
}

}  // namespace layer::gateway
