// Functions of a gateway, wired: the registry and what goes on behind it. Thread safety: the parts
// as their headers say; start() and stop() from the owner's thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "app/gateway_jobs.h"
#include "app/machine.h"
#include "features/functions/function_registry.h"
#include "features/functions/reaper.h"
#include "features/functions/sweeper.h"
#include "features/namespaces/routing.h"
#include "queue/announced_functions.h"

namespace layer::app {

// Namespaces as functions see them that work by themselves: by the gateway's own credential.
features::functions::Resolve resolve_by_gateway(const features::namespaces::Router& router);

class FunctionWiring {
 public:
  // Null where there is no queue database. The arguments outlive the wiring.
  static std::unique_ptr<FunctionWiring> make(GatewayJobs& jobs,
                                              const features::namespaces::Router& router,
                                              std::string gateway, Machine& machine);

  queue::FunctionQueue& queue() { return queue_; }
  features::functions::FunctionRegistry& registry() { return registry_; }
  features::functions::FunctionWrites& writes() { return writes_; }
  // Called on any loop when items of a function came to wait here. Before start().
  void on_waiting(std::function<void(std::string_view function)> call) {
    queue_.on_waiting(std::move(call));
  }
  // A function was registered or changed.
  void look() { sweeper_.look(); }
  void start() {
    reaper_.start();
    sweeper_.start();
  }
  void stop() {
    sweeper_.stop();
    reaper_.stop();
  }

 private:
  FunctionWiring(GatewayQueue& queue, const features::namespaces::Router& router,
                 std::string gateway, Machine& machine);

  queue::AnnouncedFunctions queue_;
  features::functions::FunctionRegistry registry_;
  features::functions::FunctionWrites writes_;
  features::functions::Reaper reaper_;
  features::functions::Sweeper sweeper_;
};

}  // namespace layer::app
