#include "app/gateway_state.h"

#include "app/gateway_id.h"
#include "async/run.h"
#include "core/random.h"
#include "features/freshness/signing_keys.h"

namespace layer::app {
namespace {

namespace freshness = features::freshness;
namespace namespaces = features::namespaces;

Result<std::unique_ptr<core::Signer>> make_signer(const Config& config, Machine& machine,
                                                  objects::ObjectStore& objects) {
  if (!config.gateway.cursor_key.empty()) {
    LAYER_ASSIGN(auto signer, freshness::signer_from_option(config.gateway.cursor_key));
    return std::make_unique<core::Signer>(std::move(signer));
  }
  return async::run_blocking(machine.loops.at(0), [&] { return freshness::load_signer(objects); });
}

}  // namespace

GatewayState::~GatewayState() = default;

Started<std::unique_ptr<GatewayState>> GatewayState::open(const Config& config, Machine& machine,
                                                          store::StoreSet& stores) {
  std::unique_ptr<GatewayState> state(new GatewayState());
  const auto id = load_gateway_id(config.data_dir);
  if (!id) {
    return cannot_start(id.error());
  }
  state->gateway_id_ = *id;
  auto objects = GatewayObjects::open(config, machine);
  if (!objects) {
    return cannot_start(std::move(objects).error());
  }
  state->objects_ = std::move(*objects);
  auto signer = make_signer(config, machine, state->objects());
  if (!signer) {
    return cannot_start(std::move(signer).error());
  }
  state->signer_ = std::move(*signer);
  state->hlc_ = std::make_unique<freshness::HybridClock>(machine.clock, *id, machine.metrics);
  state->router_ =
      std::make_unique<namespaces::Router>([&stores](std::string_view name) -> store::VectorStore* {
        return name.empty() ? &stores.default_store() : stores.find(name);
      });
  state->state_source_ = std::make_unique<namespaces::ObjectStateSource>(state->objects());
  namespaces::StateCacheOptions options;
  options.ttl = config.gateway.state_ttl;
  options.refresh_after = config.gateway.state_ttl / 2;
  state->states_ = std::make_unique<namespaces::StateCache>(
      namespaces::StateCache::Parts{.source = *state->state_source_,
                                    .clock = machine.clock,
                                    .loop = machine.loops.at(0),
                                    .log = machine.log},
      options);
  auto embed = EmbedWiring::open(config, machine, state->objects());
  if (!embed) {
    state->stop();
    return std::unexpected(std::move(embed).error());
  }
  state->embed_ = std::move(*embed);
  auto history =
      HistoryWiring::open(config, machine, state->router(), state->objects(), core::hex(*id));
  if (!history) {
    state->stop();
    return cannot_start(std::move(history).error());
  }
  state->history_ = std::move(*history);
  return state;
}

}  // namespace layer::app
