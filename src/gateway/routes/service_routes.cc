#include "gateway/routes/service_routes.h"

#include "gateway/errors.h"

namespace layer::gateway {
namespace {

http::Response metrics_answer(const core::Metrics& metrics) {
  http::Response response;
  response.headers.add("content-type", "text/plain; version=0.0.4");
  response.body = metrics.print();
  return response;
}

}  // namespace

async::Task<Result<http::Response>> HealthRoute::handle(Exchange& exchange) {
  if (!admin_) {
    co_return health_.health(false);
  }
  LAYER_CO_ASSIGN(const Target target, admin_->targets.resolve({}));
  auto caller = co_await admin_->auth.authenticate(exchange.request.headers, *target.store);
  if (!caller) {
    co_return std::unexpected(std::move(caller).error());
  }
  LAYER_CO_TRY(admin_->auth.authorise(*caller, Scope::kAdmin, {}, {}));
  co_return health_.health(true);
}

async::Task<Result<http::Response>> ReadyRoute::handle(Exchange&) {
  co_return health_.ready(details_);
}

async::Task<Result<http::Response>> MetricsRoute::handle(Exchange&) {
  co_return metrics_answer(metrics_);
}

async::Task<http::Response> AdminHandler::handle(http::Request& request) {
  switch (match_route(request.method, request.path()).route->id) {
    case RouteId::kHealth:
      co_return health_.health(true);
    case RouteId::kReady:
      co_return health_.ready(true);
    case RouteId::kMetrics:
      co_return metrics_answer(metrics_);
    default:
      co_return failed({.code = ErrorCode::kNotFound,
                        .message = "no such route here; see GET /health, /ready and /metrics"});
  }
}

http::Response AdminHandler::failed(const Error& error) {
  return error_answer(error, {});
}

}  // namespace layer::gateway
