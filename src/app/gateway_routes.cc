#include "app/gateway_routes.h"

#include <algorithm>

#include "app/job_results_wiring.h"
#include "core/random.h"
#include "features/blobs/purge_blobs.h"
#include "features/deletions/index_file_place.h"
#include "features/history/purge_history.h"
#include "features/snapshots/purge_snapshots.h"

namespace layer::app {
namespace {

using gateway::HealthRoute;
using gateway::RouteId;

// Without an admin listener its routes are on the main one, for admins.
std::optional<HealthRoute::AdminHere> admin_here(const RouteParts& parts) {
  if (parts.config.admin_listen) {
    return std::nullopt;
  }
  return HealthRoute::AdminHere{.auth = parts.auth, .targets = parts.targets};
}

gateway::DataRoutes::Parts data_parts(const RouteParts& parts, NamespaceWiring& namespaces,
                                      features::legs::LegReader& legs,
                                      features::search::Searcher& searcher,
                                      FunctionWiring* functions) {
  return {.proxy = parts.proxy,
          .auth = parts.auth,
          .settings = namespaces.settings(),
          .hlc = parts.state.hlc(),
          .clock = parts.machine.clock,
          .signer = parts.state.signer(),
          .pool = parts.machine.codec_pool,
          .copies = namespaces.copies(),
          .legs = legs,
          .searcher = searcher,
          .stability = namespaces.watcher(),
          .metrics = parts.machine.metrics,
          .cache = {.cache = parts.cache, .metrics = &parts.machine.metrics},
          .watch = &namespaces.watcher(),
          .embed = parts.state.embed().writes(),
          .functions = functions == nullptr ? nullptr : &functions->writes()};
}

features::blobs::Blobs::Parts blob_parts(const RouteParts& parts) {
  return {.objects = parts.state.shared_objects(),
          .cache = parts.cache_records,
          .pool = parts.machine.codec_pool,
          .metrics = parts.machine.metrics};
}

// What holds data of namespaces beside what every gateway has.
using PurgePlaces = std::vector<std::unique_ptr<features::deletions::PurgePlace>>;

PurgePlaces purge_places(const RouteParts& parts) {
  PurgePlaces places;
  if (auto* objects = parts.state.shared_objects()) {
    places.push_back(std::make_unique<features::blobs::BlobObjectsPlace>(*objects));
    places.push_back(std::make_unique<features::blobs::BlobCachePlace>(parts.cache_records));
    places.push_back(std::make_unique<features::snapshots::SnapshotsPlace>(*objects));
    places.push_back(std::make_unique<features::snapshots::CheckpointsPlace>(*objects));
  }
  if (auto* history = parts.state.history().history()) {
    places.push_back(std::make_unique<features::history::HistorySpoolPlace>(
        core::hex(parts.state.gateway_id()), *history));
  }
  for (const std::string_view name : {"history", "clickstream"}) {
    places.push_back(
        std::make_unique<features::history::HistoryPlace>(name, parts.state.objects()));
  }
  if (auto* runner = parts.jobs.runner()) {
    places.push_back(job_results_place(parts.state.objects(), *runner));
  }
  if (parts.config.gateway.index_gc && parts.resources.on()) {
    places.push_back(std::make_unique<features::deletions::IndexFilePlace>(
        features::deletions::IndexFilePlace::Parts{.directory = parts.resources.directory(),
                                                   .source = parts.resources.source(),
                                                   .disk_pool = parts.machine.disk_pool}));
  }
  return places;
}

gateway::DeletionRoutes::Parts deletion_parts(const RouteParts& parts,
                                              NamespaceWiring& namespaces) {
  return {.objects = parts.state.objects(),
          .find_store =
              [&stores = parts.stores](std::string_view name) { return stores.set().find(name); },
          .forget =
              [&changes = parts.changes, &embed = parts.state.embed(),
               &watcher = namespaces.watcher()](std::string_view ns) {
                changes.changed(ns);
                embed.forget(ns);
                watcher.forget(ns);
              },
          .gateway_id = core::hex(parts.state.gateway_id()),
          .places = purge_places(parts),
          .proxy = parts.proxy,
          .signer = parts.state.signer(),
          .clock = parts.machine.clock,
          .metrics = parts.machine.metrics,
          .log = parts.machine.log,
          .loop = parts.machine.loops.at(0),
          .cache = parts.cache};
}

gateway::DocumentRoutes::Parts document_parts(const RouteParts& parts, NamespaceWiring& namespaces,
                                              gateway::WarmRoutes& warm) {
  return {.router = parts.state.router(),
          .states = parts.state.states(),
          .stability = namespaces.watcher(),
          .hlc = parts.state.hlc(),
          .clock = parts.machine.clock,
          .signer = parts.state.signer(),
          .pool = parts.machine.codec_pool,
          .missed = [&warm](std::string_view ns) { warm.missed(ns); },
          .cache = parts.cache,
          .gateway_id = parts.state.gateway_id(),
          .cache_shared = parts.cache_shared};
}

gateway::JobParts job_parts(const RouteParts& parts) {
  return {.runner = parts.jobs.runner(),
          .auth = parts.auth,
          .signer = parts.state.signer(),
          .clock = parts.machine.clock};
}

// What a cache of this process alone holds; 0: it is shared.
std::uint64_t private_cache_bytes(const CacheConfig& cache) {
  switch (cache.kind) {
    case CacheConfig::Kind::kMemory:
      return cache.memory_bytes;
    case CacheConfig::Kind::kDisk:
      return cache.disk_bytes;
    case CacheConfig::Kind::kOff:
    case CacheConfig::Kind::kAerospike:
      return 0;
  }
  return 0;
}

gateway::WarmRoutes::Parts warm_parts(const RouteParts& parts, features::blobs::Blobs& blobs,
                                      features::snapshots::SnapshotStore* snapshots) {
  return {.router = parts.state.router(),
          .states = parts.state.states(),
          .cache = parts.cache,
          .blobs = blobs,
          .cache_bytes_max = private_cache_bytes(parts.config.gateway.cache),
          .has_credential = credential_check(parts.stores),
          .jobs = job_parts(parts),
          .proxy = parts.proxy,
          .pool = parts.machine.codec_pool,
          .metrics = parts.machine.metrics,
          .log = parts.machine.log,
          .loop = parts.machine.loops.at(0),
          .snapshots = snapshots};
}

queue::Coordination* shared_by(GatewayJobs& jobs) {
  return jobs.queue() == nullptr ? nullptr : jobs.queue()->shared();
}

gateway::ResultParts result_parts(const RouteParts& parts) {
  return {.jobs = job_parts(parts),
          .objects = parts.state.objects(),
          .shared = parts.state.shared_objects() != nullptr,
          .gateway = core::hex(parts.state.gateway_id()),
          .pool = parts.machine.codec_pool};
}

gateway::SnapshotRoutes::Parts snapshot_parts(const RouteParts& parts,
                                              NamespaceWiring& namespaces) {
  const SnapshotConfig& options = parts.config.gateway.snapshots;
  return {.router = parts.state.router(),
          .states = parts.state.states(),
          .store = namespaces.snapshots(),
          .stability = namespaces.watcher(),
          .has_credential = credential_check(parts.stores),
          .jobs = job_parts(parts),
          .policy = {.facet_fields = options.facet_fields,
                     .interval = options.interval,
                     .refresh = options.refresh},
          .stamp = parts.config.gateway.stamp,
          .shared = shared_by(parts.jobs),
          .gateway = core::hex(parts.state.gateway_id()),
          .pool = parts.machine.codec_pool,
          .metrics = parts.machine.metrics,
          .log = parts.machine.log,
          .loop = parts.machine.loops.at(0),
          .results = result_parts(parts)};
}

gateway::ScanRoutes::Parts scan_parts(const RouteParts& parts, NamespaceWiring& namespaces,
                                      gateway::SnapshotRoutes& snapshots) {
  return {.router = parts.state.router(),
          .states = parts.state.states(),
          .stability = namespaces.watcher(),
          .hlc = parts.state.hlc(),
          .clock = parts.machine.clock,
          .signer = parts.state.signer(),
          .pool = parts.machine.codec_pool,
          .metrics = parts.machine.metrics,
          .cache = parts.cache,
          .snapshots = snapshots.counts(),
          .has_credential = credential_check(parts.stores),
          .results = result_parts(parts)};
}

gateway::FederatedRoutes::Parts federated_parts(const RouteParts& parts,
                                                NamespaceWiring& namespaces,
                                                features::search::Searcher& searcher) {
  return {.searcher = searcher,
          .router = parts.state.router(),
          .settings = namespaces.settings(),
          .auth = parts.auth,
          .stability = namespaces.watcher(),
          .hlc = parts.state.hlc(),
          .clock = parts.machine.clock,
          .signer = parts.state.signer(),
          .pool = parts.machine.codec_pool,
          .namespaces_max = parts.config.gateway.federated_namespaces_max,
          .threads = parts.config.gateway.federated_threads};
}

gateway::InitRoute::Parts init_parts(const RouteParts& parts, NamespaceWiring& namespaces) {
  const GatewayConfig& config = parts.config.gateway;
  return {.router = parts.state.router(),
          .states = parts.state.states(),
          .stability = namespaces.watcher(),
          .settings = namespaces.settings(),
          .hlc = parts.state.hlc(),
          .objects = parts.state.shared_objects(),
          .cache = parts.cache,
          .has_credential = credential_check(parts.stores),
          .jobs = job_parts(parts),
          // By then every gateway has read the layout anew.
          .backfill = {.wait = 2 * config.state_ttl,
                       .batch_size = config.init_batch_size,
                       .pages_per_second = static_cast<double>(config.init_pages_per_second)},
          .pool = parts.machine.codec_pool,
          .metrics = parts.machine.metrics,
          .changed = [&changes = parts.changes](std::string_view ns) { changes.changed(ns); },
          .watch = &namespaces.watcher()};
}

gateway::HistoryRoutes::Parts history_parts(const RouteParts& parts) {
  HistoryWiring& history = parts.state.history();
  return {.recorder = history.history(),
          .reader = history.history(),
          .purge = history.purge(),
          .router = parts.state.router(),
          .jobs = job_parts(parts),
          .pool = parts.machine.codec_pool,
          .metrics = parts.machine.metrics};
}

gateway::ExportRoutes::Parts export_parts(const RouteParts& parts) {
  return {.router = parts.state.router(),
          .states = parts.state.states(),
          .has_credential = credential_check(parts.stores),
          .results = result_parts(parts),
          .metrics = parts.machine.metrics};
}

// `routes` need not be made yet.
features::namespaces::CacheLook cache_look(const cache::DocumentCache* cache,
                                           const GatewayRoutes& routes) {
  if (cache == nullptr) {
    return {};
  }
  return [cache, &routes](std::string_view ns) {
    const features::warm::WarmState state = routes.warm_states().find(ns, cache->status().epoch);
    return features::namespaces::ShownCache{.state = features::warm::name(state.warmth),
                                            .warmed_through_ms = state.warmed_through_ms,
                                            .warm_inflight = state.in_flight > 0,
                                            .certified = state.certified};
  };
}

}  // namespace

GatewayRoutes::GatewayRoutes(RouteParts parts)
    : namespaces_(parts.config, parts.machine, parts.stores, parts.state, parts.resources,
                  parts.proxy, shared_by(parts.jobs), cache_look(parts.cache, *this)),
      health_(parts.health, admin_here(parts)),
      ready_(parts.health, !parts.config.admin_listen),
      metrics_(parts.machine.metrics),
      legs_({.pool = parts.machine.codec_pool, .metrics = parts.machine.metrics}),
      searcher_({.legs = legs_,
                 .cache = parts.cache,
                 .embedder = parts.state.embed().queries(),
                 .signer = parts.state.signer(),
                 .clock = parts.machine.clock,
                 .pool = parts.machine.codec_pool,
                 .metrics = parts.machine.metrics}),
      functions_(FunctionWiring::make(parts.jobs, parts.state.router(),
                                      core::hex(parts.state.gateway_id()), parts.machine)),
      data_(data_parts(parts, namespaces_, legs_, searcher_, functions_.get()),
            {.held_bytes_max = parts.config.gateway.write_buffer_bytes,
             .decoded_bytes_max = parts.config.body_bytes_max}),
      deletions_(deletion_parts(parts, namespaces_)),
      models_(parts.state.embed().models()),
      jobs_(job_parts(parts)),
      job_(job_parts(parts)),
      snapshots_(snapshot_parts(parts, namespaces_)),
      blobs_(blob_parts(parts)),
      exports_(export_parts(parts)),
      warm_(warm_parts(parts, blobs_.blobs(), namespaces_.snapshots())),
      init_(init_parts(parts, namespaces_)),
      documents_(document_parts(parts, namespaces_, warm_)),
      scans_(scan_parts(parts, namespaces_, snapshots_)),
      federated_(federated_parts(parts, namespaces_, searcher_)),
      history_(history_parts(parts)),
      pipelines_(PipelineWiring::make(parts.jobs, parts.state.shared_objects(), parts.machine)),
      pipeline_routes_({.pipelines = pipelines_ ? &pipelines_->pipelines() : nullptr,
                        .targets = parts.targets,
                        .auth = parts.auth,
                        .write = data_.write(),
                        .signer = parts.state.signer(),
                        .clock = parts.machine.clock,
                        .pool = parts.machine.codec_pool}),
      function_routes_({.queue = functions_ ? &functions_->queue() : nullptr,
                        .registry = functions_ ? &functions_->registry() : nullptr,
                        .targets = parts.targets,
                        .auth = parts.auth,
                        .write = data_.write(),
                        .signer = parts.state.signer(),
                        .clock = parts.machine.clock,
                        .pool = parts.machine.codec_pool,
                        .metrics = parts.machine.metrics,
                        .registered =
                            [this] {
                              if (functions_ != nullptr) {
                                functions_->look();
                              }
                            }}),
      push_(PushWiring::make(functions_.get(), parts.state.router(), function_routes_.write(),
                             parts.config.gateway.push_allow, core::hex(parts.state.gateway_id()),
                             parts.machine)) {
  namespaces_.watcher().on_stable([this](std::string_view ns) { snapshots_.became_stable(ns); });
  // Writes of a gateway that shares the cache are no stranger's.
  if (!parts.cache_shared) {
    namespaces_.watcher().on_foreign_write(
        [this](std::string ns) { return warm_.foreign_write(std::move(ns)); });
  }
  namespaces_.serve(handlers_);
  handlers_.serve(RouteId::kHealth, health_);
  handlers_.serve(RouteId::kReady, ready_);
  if (!parts.config.admin_listen) {
    handlers_.serve(RouteId::kMetrics, metrics_);
  }
  data_.serve(handlers_);
  deletions_.serve(handlers_);
  documents_.serve(handlers_);
  handlers_.serve(RouteId::kModels, models_);
  handlers_.serve(RouteId::kJobs, jobs_);
  handlers_.serve(RouteId::kJob, job_);
  handlers_.serve(RouteId::kCancelJob, job_);
  snapshots_.serve(handlers_);
  exports_.serve(handlers_);
  warm_.serve(handlers_);
  handlers_.serve(RouteId::kInit, init_);
  blobs_.serve(handlers_);
  scans_.serve(handlers_);
  federated_.serve(handlers_);
  pipeline_routes_.serve(handlers_);
  function_routes_.serve(handlers_);
  history_.serve(handlers_, parts.proxy);  // the last: it watches the others
}

}  // namespace layer::app
