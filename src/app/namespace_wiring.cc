#include "app/namespace_wiring.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "app/version.h"
#include "core/random.h"
#include "features/capabilities/deployment.h"

namespace layer::app {
namespace {

gateway::StoreSpecs specs_of(const GatewayStores& stores) {
  return [&stores] { return stores.specs(); };
}

std::unique_ptr<features::snapshots::SnapshotStore> make_snapshots(Machine& machine,
                                                                   GatewayState& state) {
  objects::ObjectStore* objects = state.shared_objects();
  return objects == nullptr ? nullptr
                            : std::make_unique<features::snapshots::SnapshotStore>(
                                  *objects, machine.codec_pool, machine.clock);
}

features::watcher::Watcher::Parts watcher_parts(const Config& config, Machine& machine,
                                                GatewayStores& stores, GatewayState& state,
                                                queue::Coordination* shared) {
  return {.router = state.router(),
          .hlc = state.hlc(),
          .clock = machine.clock,
          .has_credential = credential_check(stores),
          .metrics = machine.metrics,
          .loop = machine.loops.at(0),
          .log = machine.log,
          .shared = shared,
          .self = {.gateway = core::hex(state.gateway_id()),
                   .address = fmt::format("{}:{}", config.listen.host, config.listen.port),
                   .version = std::string(version())}};
}

}  // namespace

// An engine needs no credential; a remote store has one, or its callers bring theirs.
CredentialCheck credential_check(const GatewayStores& stores) {
  return [&stores](const store::VectorStore& store) {
    const auto specs = stores.specs();
    const auto spec = std::ranges::find(*specs, store.name(), &resources::StoreSpec::name);
    return store.kind() == "embedded" || (spec != specs->end() && spec->has_credential);
  };
}

NamespaceWiring::NamespaceWiring(const Config& config, Machine& machine, GatewayStores& stores,
                                 GatewayState& state, ResourceWatch& resources,
                                 gateway::Proxy& proxy, queue::Coordination* shared,
                                 features::namespaces::CacheLook cache)
    : watcher_(watcher_parts(config, machine, stores, state, shared), config.gateway.watch),
      snapshots_(make_snapshots(machine, state)),
      settings_(state.router(), state.states(),
                {.stamp = config.gateway.stamp, .hide_reserved = config.gateway.hide_reserved}),
      plain_metadata_(proxy, settings_, gateway::SchemaRoute::Answer::kMetadata),
      copies_(state.router(), features::capabilities::this_deployment()),
      routes_({.router = state.router(),
               .states = state.states(),
               .stability = watcher_,
               .deployment = features::capabilities::this_deployment(),
               .stores = stores.set(),
               .specs = specs_of(stores),
               .source = resources.source(),
               .statuses = resources.statuses(),
               .proxy = proxy,
               .settings = settings_,
               .plain_metadata = plain_metadata_,
               .clock = machine.clock,
               .stamp = config.gateway.stamp,
               .list_cache_ttl = config.gateway.list_cache_ttl,
               .snapshots = snapshots_.get(),
               .cache = std::move(cache)}) {}

}  // namespace layer::app
