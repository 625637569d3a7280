#include "app/function_wiring.h"

#include <utility>

namespace layer::app {
namespace {

using features::functions::FunctionRegistry;
using features::functions::FunctionSpec;

FunctionRegistry::Select select_from(const features::namespaces::Router& router) {
  return [&router](const FunctionSpec& spec) {
    std::vector<std::string> names;
    for (const auto& index : router.table()->indexes()) {
      if (features::functions::selects(spec,
                                       {index.spec->labels.begin(), index.spec->labels.end()})) {
        names.push_back(index.metadata.name);
      }
    }
    return names;
  };
}

}  // namespace

features::functions::Resolve resolve_by_gateway(const features::namespaces::Router& router) {
  return features::functions::resolve_by(
      [&router](const std::string& ns) -> Result<features::documents::Origin> {
        const auto table = router.table();
        LAYER_ASSIGN(const auto route, table->find(ns));
        return features::documents::Origin{
            .store = route.store, .physical = std::string(route.physical), .authorization = ""};
      });
}

std::unique_ptr<FunctionWiring> FunctionWiring::make(GatewayJobs& jobs,
                                                     const features::namespaces::Router& router,
                                                     std::string gateway, Machine& machine) {
  if (jobs.queue() == nullptr) {
    return nullptr;
  }
  return std::unique_ptr<FunctionWiring>(
      new FunctionWiring(*jobs.queue(), router, std::move(gateway), machine));
}

FunctionWiring::FunctionWiring(GatewayQueue& queue, const features::namespaces::Router& router,
                               std::string gateway, Machine& machine)
    : queue_(queue.functions()),
      registry_(queue_, select_from(router)),
      writes_(queue_),
      reaper_({.queue = queue_,
               .clock = machine.clock,
               .metrics = machine.metrics,
               .log = machine.log,
               .loop = machine.loops.at(0)}),
      sweeper_({.queue = queue_,
                .registry = registry_,
                .writes = writes_,
                .resolve = resolve_by_gateway(router),
                .shared = queue.shared(),
                .gateway = std::move(gateway),
                .pool = machine.codec_pool,
                .clock = machine.clock,
                .metrics = machine.metrics,
                .log = machine.log,
                .loop = machine.loops.at(0)}) {}

}  // namespace layer::app
