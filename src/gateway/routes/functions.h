// Functions over HTTP (section 3.21 of the contract): which there are, and what operators do with
// them. What workers do stands in function_work.h. Thread safety: as RouteHandler.
#pragma once

#include <functional>

#include "core/metrics.h"
#include "core/signer.h"
#include "features/functions/discovery.h"
#include "features/functions/function_registry.h"
#include "gateway/inner_write.h"
#include "gateway/route_handler.h"
#include "gateway/target_access.h"

namespace layer::gateway {

// What the routes are made from. All of it outlives them.
struct FunctionParts {
  queue::FunctionQueue* queue;                      // null: no queue database
  features::functions::FunctionRegistry* registry;  // null with it
  Targets& targets;
  TargetAccess& access;
  InnerWrite& write;
  const core::Signer& signer;
  const core::Clock& clock;
  async::CpuPool& pool;
  core::Metrics& metrics;
  std::function<void()> registered;  // a function was made or changed: look for its rows
};

// Errors: kFeatureUnavailable.
Result<features::functions::FunctionRegistry*> registry_of(const FunctionParts& parts);
// May the caller do that in all namespaces of a function?
async::Task<Result<void>> authorise_function(const FunctionParts& parts, const Exchange& exchange,
                                             Scope scope,
                                             const features::functions::FunctionSpec& spec);
// The function that the path names, once it is clear that the caller may act on it as the route
// says. Errors: kNotFound, kForbidden.
async::Task<Result<features::functions::RegisteredFunction>> open_function(
    const FunctionParts& parts, const Exchange& exchange);
// Namespaces by the caller's own credential.
features::functions::Resolve resolve_for(const FunctionParts& parts, const Exchange& exchange);

// POST and GET /v2/udfs; GET, PUT and DELETE /v2/udfs/{id}; .../status, pause, resume, reset-failed
class FunctionsRoute final : public RouteHandler {
 public:
  explicit FunctionsRoute(const FunctionParts& parts) : parts_(parts) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  async::Task<Result<http::Response>> create(Exchange& exchange);
  async::Task<Result<http::Response>> put(Exchange& exchange);
  async::Task<Result<http::Response>> list(Exchange& exchange);
  async::Task<Result<http::Response>> show(const features::functions::RegisteredFunction& function);

  const FunctionParts& parts_;
};

// POST .../discover, GET .../items
class FunctionRowsRoute final : public RouteHandler {
 public:
  explicit FunctionRowsRoute(const FunctionParts& parts) : parts_(parts) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  async::Task<Result<http::Response>> discover(
      Exchange& exchange, const features::functions::RegisteredFunction& function);
  async::Task<Result<http::Response>> items(
      Exchange& exchange, const features::functions::RegisteredFunction& function);

  const FunctionParts& parts_;
};

}  // namespace layer::gateway
