#include "app/gateway_serving.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <mutex>
#include <optional>

#include <fmt/format.h>

#include "app/cache_service.h"
#include "app/function_resources.h"
#include "app/gateway_jobs.h"
#include "app/gateway_routes.h"
#include "app/history_conditions.h"
#include "app/supervisor_wiring.h"
#include "app/version.h"
#include "core/random.h"
#include "features/presence/presence.h"
#include "gateway/auth/from_resources.h"
#include "gateway/auth/keys_watch.h"
#include "gateway/gateway.h"
#include "gateway/routed_targets.h"
#include "resources/index_table.h"

namespace layer::app {
namespace {

constexpr int kConfiguration = 2;
using Specs = GatewayStores::Specs;

StartFailure wrong_configuration(const resources::Mistakes& mistakes) {
  StartFailure failure{.faults = {}, .exit_code = kConfiguration};
  for (const resources::Mistake& mistake : mistakes) {
    failure.faults.push_back(
        {.code = ErrorCode::kInvalidArgument, .message = resources::to_string(mistake)});
  }
  return failure;
}

// Which stores there are; `layer up` has the engine in its data directory.
Started<Specs> store_specs(Role role, const Config& config, const resources::Catalog& catalog,
                           const resources::SecretSource& secrets, const Specs& previous) {
  if (role == kUp) {
    return Specs{embedded_spec(config)};
  }
  auto specs = resources::configure_stores(config.gateway.stores, catalog, secrets, previous);
  if (!specs) {
    return std::unexpected(wrong_configuration(specs.error()));
  }
  return std::move(*specs);
}

// Stores that are configured outside the resources tell these what the default store is called.
Started<std::string> default_store_outside(Role role, const Config& config,
                                           const resources::SecretSource& secrets) {
  const resources::StoreOptions& stores = config.gateway.stores;
  if (role != kUp && stores.store_file.empty() && stores.store_json.empty()) {
    return std::string();
  }
  auto specs = store_specs(role, config, resources::Catalog(), secrets, {});
  if (!specs) {
    return std::unexpected(std::move(specs).error());
  }
  const auto found = std::ranges::find_if(*specs, &resources::StoreSpec::is_default);
  return found == specs->end() ? std::string() : found->name;
}

// The keys of --api-key open the engine of `layer up` to their holders alone.
std::vector<gateway::StoreAuth> store_auths(const Config& config, const Specs& specs) {
  std::vector<gateway::StoreAuth> auths;
  for (const resources::StoreSpec& spec : specs) {
    auths.push_back(gateway::store_auth_of(spec));
    if (!config.api_keys.empty()) {
      auths.back().setting = gateway::AuthSetting::kKeys;
    }
    for (std::size_t i = 0; i < config.api_keys.size(); ++i) {
      auths.back().keys.push_back({.name = fmt::format("api-key-{}", i + 1),
                                   .scopes = {gateway::Scope::kAdmin},
                                   .key = core::Secret(config.api_keys[i])});
    }
  }
  return auths;
}

Started<std::shared_ptr<const gateway::AuthPolicy>> auth_policy(const Config& config,
                                                                const Specs& specs) {
  auto policy = gateway::AuthPolicy::make(config.gateway.auth, store_auths(config, specs));
  if (!policy) {
    return std::unexpected(
        StartFailure{.faults = std::move(policy).error(), .exit_code = kConfiguration});
  }
  const auto open = (*policy)->open_stores();
  if (!open.empty() && !config.gateway.allow_open && !core::is_loopback(config.listen.host)) {
    return cannot_start({.code = ErrorCode::kInvalidArgument,
                         .message = fmt::format(
                             "--listen: {} is reachable from other machines and store '{}' is open "
                             "to all: set keys, or give --allow-open to mean it",
                             config.listen.host, open.front())},
                        kConfiguration);
  }
  return std::move(*policy);
}

// The keys of --keys-file; null without one.
Started<std::unique_ptr<gateway::KeysWatch>> static_keys(const Config& config,
                                                         const resources::SecretSource& secrets,
                                                         core::Logger& log) {
  if (config.gateway.keys_file.empty()) {
    return nullptr;
  }
  const auto resolve = [&secrets](const std::string& name,
                                  const std::string& key) -> Result<std::string> {
    LAYER_ASSIGN(const core::Secret secret, secrets.resolve({.name = name, .key = key}));
    return secret.reveal();
  };
  auto keys = gateway::KeysWatch::open({.file = config.gateway.keys_file, .resolve = resolve}, log);
  if (!keys) {
    return std::unexpected(
        StartFailure{.faults = std::move(keys).error(), .exit_code = kConfiguration});
  }
  return std::move(*keys);
}

std::vector<const gateway::KeySource*> key_sources(const gateway::KeysWatch* keys,
                                                   const gateway::KeySource& of_workers) {
  std::vector<const gateway::KeySource*> sources{&of_workers};
  if (keys != nullptr) {
    sources.push_back(&keys->keys());
  }
  return sources;
}

std::vector<gateway::Health::Feature> deployment_features(bool resources_on,
                                                          const GatewayJobs& jobs,
                                                          const CacheService& cache, bool embeds,
                                                          bool keeps) {
  std::vector<gateway::Health::Feature> features;
  features.push_back({.id = "cache", .state = [&cache] { return cache.feature(); }});
  for (const char* id : {"keys", "cost"}) {
    features.push_back({.id = id, .state = [] { return "off"; }});
  }
  for (const char* id : {"pipelines", "functions"}) {  // they live in the database of jobs
    features.push_back({.id = id, .state = [&jobs] { return jobs.state(); }});
  }
  features.push_back({.id = "jobs", .state = [&jobs] { return jobs.state(); }});
  features.push_back(
      {.id = "resources", .state = [resources_on] { return resources_on ? "on" : "off"; }});
  features.push_back({.id = "history", .state = [keeps] { return keeps ? "on" : "off"; }});
  features.push_back({.id = "local_embed", .state = [embeds] { return embeds ? "on" : "off"; }});
  return features;
}

class GatewayServing final : public Serving {
 public:
  GatewayServing(Role role, const Config& config, Machine& machine,
                 std::unique_ptr<ResourceWatch> resources, std::unique_ptr<GatewayStores> stores,
                 std::unique_ptr<GatewayState> state, std::unique_ptr<GatewayJobs> jobs,
                 std::shared_ptr<const gateway::AuthPolicy> policy,
                 std::unique_ptr<gateway::KeysWatch> keys)
      : role_(role),
        config_(config),
        machine_(machine),
        resources_(std::move(resources)),
        stores_(std::move(stores)),
        state_(std::move(state)),
        jobs_(std::move(jobs)),
        changes_(jobs_->queue(), state_->states(), machine),
        keys_(std::move(keys)),
        auth_({.policy = std::move(policy),
               .sources = key_sources(keys_.get(), worker_keys_.source()),
               .metrics = machine.metrics,
               .log = machine.log}),
        cache_(config, machine, state_->gateway_id()),
        targets_(state_->router()),
        proxy_(auth_, {.decoded_bytes_max = config.body_bytes_max,
                       .tls = !config.tls_cert.empty(),
                       .abandon_writes_at = &abandon_writes_at_}),
        health_(
            {.version = std::string(version()),
             .gateway_id = core::hex(state_->gateway_id()),
             .stores = [this] { return store_states(); },
             .object_store_kind = std::string(state_->object_store().kind()),
             .queue = [this] { return gateway::Health::QueueState{jobs_->kind(), jobs_->ok()}; },
             .object_store_ok = [this] { return state_->object_store().ok(); },
             .features = deployment_features(resources_->on(), *jobs_, cache_,
                                             state_->embed().writes() != nullptr,
                                             state_->history().history() != nullptr),
             .cache = [this] { return cache_.status(); },
             .warmth = [this] { return routes_.warm_states().all(cache_.status().epoch); }}),
        routes_({.config = config,
                 .machine = machine,
                 .stores = *stores_,
                 .state = *state_,
                 .resources = *resources_,
                 .jobs = *jobs_,
                 .changes = changes_,
                 .auth = auth_,
                 .targets = targets_,
                 .proxy = proxy_,
                 .health = health_,
                 .cache = cache_.cache(),
                 .cache_records = cache_.records(),
                 .cache_shared = cache_.shared()}),
        supervisor_({.config = config,
                     .machine = machine,
                     .stores = *stores_,
                     .state = *state_,
                     .jobs = *jobs_,
                     .resources = *resources_,
                     .keys = worker_keys_,
                     .functions = functions_for_resources(routes_.functions())}),
        cors_(config.gateway.cors_origins),
        counted_(machine.metrics),
        gateway_({.targets = targets_,
                  .auth = auth_,
                  .handlers = routes_.handlers(),
                  .forward = proxy_,
                  .deadlines = config.gateway.deadlines,
                  .cors = cors_,
                  .metrics = counted_,
                  .log = machine.log,
                  .codec_pool = machine.codec_pool},
                 {.access_log = config.access_log, .in_flight_max = config.gateway.in_flight_max}),
        admin_(health_, machine.metrics) {
    jobs_->sweep_results(state_->objects());
    declare_gauges();
    publish_indexes();
    watch_others();
    routes_.on_staged([this](std::string_view pipeline) { supervisor_.staged(pipeline); });
    if (routes_.functions() != nullptr) {
      routes_.functions()->on_waiting([this](std::string_view id) { supervisor_.staged(id); });
    }
  }

  // Every route that is the gateway's own has a handler.
  bool complete() const { return routes_.handlers().complete(); }
  http::Handler& main_handler() override { return gateway_; }
  http::Handler& admin_handler() override { return admin_; }
  void ready(const std::string& url) override {
    if (presence_) {
      presence_->start();
    }
    state_->history().start();
    routes_.start();
    jobs_->start();
    changes_.start();
    health_.enter(gateway::Health::Phase::kReady);
    supervisor_.start(url);
  }
  // Batches first: those who compute them may be the supervisor's.
  void finish_workers() override {
    routes_.finish_pushed();
    supervisor_.stop_workers();
  }
  void drain() override { health_.enter(gateway::Health::Phase::kDraining); }
  bool refuse(async::Duration patience) override {
    abandon_writes_at_ = (async::SteadyClock::now() + patience).time_since_epoch().count();
    gateway_.refuse_new();
    jobs_->drain();
    return true;
  }
  void stop() override {
    resources_->stop();
    supervisor_.stop();
    changes_.stop();
    routes_.leave();
    jobs_->stop();
    routes_.stop();
    if (presence_) {
      presence_->stop();
    }
    cache_.stop(gateway_.in_flight() == 0);
    if (keys_ != nullptr) {
      keys_->stop();
    }
    state_->stop();
    stores_->stop();
  }

  // The resources or their secrets have changed.
  void take_resources() {
    if (keys_ != nullptr) {
      keys_->reload();
    }
    take_stores();
    publish_indexes();
    supervisor_.take_resources();
  }

 private:
  // A private cache does not see what other gateways write. Only a bucket can be shared: a
  // directory belongs to one process.
  void watch_others() {
    cache::DocumentCache* cache = cache_.cache();
    if (cache == nullptr || cache_.shared() || state_->object_store().kind() != "s3") {
      return;
    }
    presence_.emplace(features::presence::Presence::Parts{
        .objects = *state_->shared_objects(),
        .clock = machine_.clock,
        .log = machine_.log,
        .metrics = machine_.metrics,
        .loop = machine_.loops.at(0),
        .gateway = core::hex(state_->gateway_id()),
        .tell_alone = [cache](bool alone) { cache->set_alone(alone); }});
  }
  // A configuration that could not have been started with changes nothing.
  void take_stores() {
    auto specs = store_specs(role_, config_, *resources_->current(), resources_->secrets(),
                             *stores_->specs());
    if (!specs) {
      return refuse_stores(specs.error());
    }
    auto policy = auth_policy(config_, *specs);
    if (!policy) {
      return refuse_stores(policy.error());
    }
    if (auto changed = stores_->change(std::move(*specs)); !changed) {
      return refuse_stores(changed.error());
    }
    auth_.replace(std::move(*policy));
  }
  void refuse_stores(const StartFailure& failure) {
    for (const Error& fault : failure.faults) {
      machine_.log.error("the stores stay as they were", {{"what", fault.message}});
    }
  }
  // Also where no Index changed: what they name may be another store now.
  void publish_indexes() {
    if (!resources_->on()) {
      return;
    }
    state_->router().publish(config_.gateway.index_config
                                 ? resources_->current()->all<resources::IndexSpec>()
                                 : features::namespaces::RoutingTable::Indexes());
    tell_history(resources_->current()->all<resources::IndexSpec>(), resources_->statuses(),
                 machine_.log);
    routes_.keep_watched(watched_indexes());
  }
  // Namespaces whose Index needs it: reads are stable unless they say otherwise, facets are counted
  // as soon as rows are indexed, or what is cached counts as whole.
  std::vector<std::string> watched_indexes() const {
    std::vector<std::string> names;
    if (config_.gateway.index_config) {
      for (const auto& index : resources_->current()->all<resources::IndexSpec>()) {
        const auto& spec = index.spec;
        if (spec != nullptr && (spec->stable || !spec->facet_fields.empty() ||
                                (spec->cache && spec->cache->writers_gateway_only))) {
          names.emplace_back(resources::logical_namespace(index));
        }
      }
    }
    return names;
  }
  std::vector<gateway::Health::StoreState> store_states() const {
    std::vector<gateway::Health::StoreState> states;
    const auto stores = stores_->set().all();
    for (const store::VectorStore* const store : *stores) {
      states.push_back(
          {.name = std::string(store->name()), .breaker_open = store->status().breaker_open});
    }
    return states;
  }
  void declare_gauges() {
    using gateway::Metric;
    core::Metrics& metrics = machine_.metrics;
    metrics.gauge(gateway::spec(Metric::kHttpInflight), {"serving"},
                  [this] { return static_cast<double>(gateway_.in_flight()); });
    metrics.gauge(gateway::spec(Metric::kDraining), [this] {
      return health_.phase() == gateway::Health::Phase::kDraining ? 1.0 : 0.0;
    });
    metrics.gauge(gateway::spec(Metric::kFetchWaiting),
                  [this] { return static_cast<double>(routes_.documents().waiting()); });
    metrics.gauge(gateway::spec(Metric::kStoreInflight), [this] {
      double calls = 0;
      const auto stores = stores_->set().all();
      for (const store::VectorStore* const store : *stores) {
        calls += static_cast<double>(store->status().in_flight);
      }
      return calls;
    });
  }

  const Role role_;
  const Config& config_;
  Machine& machine_;
  std::unique_ptr<ResourceWatch> resources_;
  std::unique_ptr<GatewayStores> stores_;
  std::unique_ptr<GatewayState> state_;
  std::unique_ptr<GatewayJobs> jobs_;
  SharedChanges changes_;
  std::atomic<async::Duration::rep> abandon_writes_at_{
      std::numeric_limits<async::Duration::rep>::max()};
  std::unique_ptr<gateway::KeysWatch> keys_;
  WorkerKeys worker_keys_;
  gateway::Authenticator auth_;
  CacheService cache_;
  std::optional<features::presence::Presence> presence_;  // where another gateway can be seen
  gateway::RoutedTargets targets_;
  gateway::Proxy proxy_;
  gateway::Health health_;
  GatewayRoutes routes_;
  SupervisorWiring supervisor_;
  gateway::Cors cors_;
  gateway::RequestMetrics counted_;
  gateway::Gateway gateway_;
  gateway::AdminHandler admin_;
};

// Changes that come before the service exists are taken when it begins.
struct Listener {
  std::mutex mutex;
  GatewayServing* serving = nullptr;
  void changed() {
    const std::lock_guard lock(mutex);
    if (serving != nullptr) {
      serving->take_resources();
    }
  }
};

}  // namespace

Started<std::unique_ptr<Serving>> open_gateway(Role role, const Config& config, Machine& machine,
                                               const OpenEngine& open_engine) {
  auto resources = std::make_unique<ResourceWatch>(config.gateway.resources_dir, machine.log);
  const auto listener = std::make_shared<Listener>();
  auto default_store = default_store_outside(role, config, resources->secrets());
  if (!default_store) {
    return std::unexpected(std::move(default_store).error());
  }
  auto started = resources->start(std::move(*default_store), [listener] { listener->changed(); });
  if (!started) {
    return std::unexpected(std::move(started).error());
  }
  auto specs = store_specs(role, config, *resources->current(), resources->secrets(), {});
  if (!specs) {
    return std::unexpected(std::move(specs).error());
  }
  auto policy = auth_policy(config, *specs);
  if (!policy) {
    return std::unexpected(std::move(policy).error());
  }
  auto keys = static_keys(config, resources->secrets(), machine.log);
  if (!keys) {
    return std::unexpected(std::move(keys).error());
  }
  auto stores = GatewayStores::open(std::move(*specs), config, machine, open_engine);
  if (!stores) {
    return std::unexpected(std::move(stores).error());
  }
  auto state = GatewayState::open(config, machine, (*stores)->set());
  if (!state) {
    return std::unexpected(std::move(state).error());
  }
  auto jobs =
      GatewayJobs::open(config, machine, (*state)->gateway_id(), (*state)->shared_objects());
  if (!jobs) {
    (*state)->stop();
    return std::unexpected(std::move(jobs).error());
  }
  auto serving = std::make_unique<GatewayServing>(
      role, config, machine, std::move(resources), std::move(*stores), std::move(*state),
      std::move(*jobs), std::move(*policy), std::move(*keys));
  if (!serving->complete()) {
    return cannot_start({.code = ErrorCode::kInternal, .message = "a route has no handler"});
  }
  const std::lock_guard lock(listener->mutex);
  listener->serving = serving.get();
  return serving;
}

}  // namespace layer::app
