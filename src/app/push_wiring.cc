#include "app/push_wiring.h"

#include <algorithm>
#include <utility>

namespace layer::app {
namespace {

namespace functions = features::functions;

// Without the system's authorities no https worker can be trusted; the others still work.
http::TlsContext client_tls(core::Logger& log) {
  auto tls = http::make_client_tls();
  if (!tls) {
    log.warn("no work is sent to workers over https", {{"error", tls.error().message}});
    return {};
  }
  return std::move(*tls);
}

std::function<functions::FunctionWork(const std::string&)> work_by(
    FunctionWiring& wiring, const features::namespaces::Router& router, gateway::OwnWrite& write,
    Machine& machine) {
  return [&wiring, resolve = resolve_by_gateway(router), &write,
          &machine](const std::string& function) {
    return functions::FunctionWork(
        {.queue = wiring.queue(),
         .resolve = resolve,
         .write =
             [&write, function](std::string ns, std::string body, async::TimePoint deadline) {
               return write.send(std::move(ns), std::move(body), function, deadline);
             },
         .pool = machine.codec_pool,
         .clock = machine.clock,
         .covers =
             [&registry = wiring.registry()](const functions::FunctionSpec& spec,
                                             const std::string& ns) {
               return std::ranges::binary_search(registry.namespaces_of(spec), ns);
             }});
  };
}

}  // namespace

std::unique_ptr<PushWiring> PushWiring::make(FunctionWiring* functions,
                                             const features::namespaces::Router& router,
                                             gateway::InnerWrite& write,
                                             functions::PushAddresses addresses,
                                             std::string gateway, Machine& machine) {
  if (functions == nullptr) {
    return nullptr;
  }
  functions->registry().admit([addresses](const functions::FunctionSpec& spec) -> Result<void> {
    if (!spec.worker.url.empty()) {
      LAYER_TRY(addresses.find(spec.worker.url));
    }
    return {};
  });
  return std::unique_ptr<PushWiring>(
      new PushWiring(*functions, router, write, std::move(addresses), std::move(gateway), machine));
}

PushWiring::PushWiring(FunctionWiring& functions, const features::namespaces::Router& router,
                       gateway::InnerWrite& write, functions::PushAddresses addresses,
                       std::string gateway, Machine& machine)
    : write_(write, "push"),
      dispatcher_({.work_for = work_by(functions, router, write_, machine),
                   .pool = machine.codec_pool,
                   .registry = functions.registry(),
                   .addresses = std::move(addresses),
                   .tls = client_tls(machine.log),
                   .gateway = std::move(gateway),
                   .metrics = machine.metrics,
                   .log = machine.log,
                   .loop = machine.loops.at(0)}) {}

}  // namespace layer::app
