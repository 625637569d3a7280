// Which handler answers which route: the wiring of `layer serve` and `layer up`. Thread safety:
// made at start, read-only afterwards.
#pragma once

#include "app/config.h"
#include "app/function_wiring.h"
#include "app/gateway_jobs.h"
#include "app/gateway_state.h"
#include "app/gateway_stores.h"
#include "app/machine.h"
#include "app/namespace_wiring.h"
#include "app/pipeline_wiring.h"
#include "app/push_wiring.h"
#include "app/resource_watch.h"
#include "app/shared_changes.h"
#include "features/search/searcher.h"
#include "gateway/health.h"
#include "gateway/history/history_routes.h"
#include "gateway/proxy.h"
#include "gateway/routes/blob_routes.h"
#include "gateway/routes/data_routes.h"
#include "gateway/routes/deletion_routes.h"
#include "gateway/routes/document_routes.h"
#include "gateway/routes/export_routes.h"
#include "gateway/routes/federated_routes.h"
#include "gateway/routes/function_routes.h"
#include "gateway/routes/init.h"
#include "gateway/routes/jobs.h"
#include "gateway/routes/models.h"
#include "gateway/routes/pipeline_routes.h"
#include "gateway/routes/scan_routes.h"
#include "gateway/routes/service_routes.h"
#include "gateway/routes/snapshot_routes.h"
#include "gateway/routes/warm_routes.h"

namespace layer::app {

// What handlers are made from. All of it outlives them.
struct RouteParts {
  const Config& config;
  Machine& machine;
  GatewayStores& stores;
  GatewayState& state;
  ResourceWatch& resources;
  GatewayJobs& jobs;
  SharedChanges& changes;
  gateway::Authenticator& auth;
  gateway::Targets& targets;
  gateway::Proxy& proxy;
  const gateway::Health& health;
  cache::DocumentCache* cache = nullptr;        // null: off
  cache::RecordStore* cache_records = nullptr;  // below the cache, for what is no row; null: off
  bool cache_shared = false;                    // other gateways' writes are seen in it
};

class GatewayRoutes {
 public:
  explicit GatewayRoutes(RouteParts parts);
  const gateway::RouteHandlers& handlers() const { return handlers_; }
  const gateway::DocumentRoutes& documents() const { return documents_; }
  // What goes on behind the routes.
  void start() {
    namespaces_.watcher().start();
    deletions_.start();
    snapshots_.start();
    if (pipelines_ != nullptr) {
      pipelines_->start();
    }
    if (functions_ != nullptr) {
      functions_->start();
    }
    if (push_ != nullptr) {
      push_->start();
    }
  }
  // Batches that workers have been sent end, or are given back. Blocks.
  void finish_pushed() {
    if (push_ != nullptr) {
      push_->drain();
    }
  }
  // Other gateways no longer wait for this one's writes and take over what it led. After the last
  // request, while the queue database is open.
  void leave() {
    if (push_ != nullptr) {
      push_->stop();
    }
    snapshots_.stop();
    namespaces_.watcher().stop();
  }
  // After the last request, before the loops end.
  void stop() {
    history_.stop();
    if (functions_ != nullptr) {
      functions_->stop();
    }
    if (pipelines_ != nullptr) {
      pipelines_->stop();
    }
    snapshots_.stop();
    warm_.stop();
    deletions_.stop();
    namespaces_.watcher().stop();
  }
  // These namespaces are watched whether they are used or not.
  void keep_watched(std::vector<std::string> names) {
    namespaces_.watcher().keep(std::move(names));
  }
  // Called on any loop with each document that is staged.
  void on_staged(std::function<void(std::string_view pipeline)> call) {
    if (pipelines_ != nullptr) {
      pipelines_->pipelines().on_staged(std::move(call));
    }
  }
  // Null: no queue database.
  FunctionWiring* functions() { return functions_.get(); }
  const features::warm::WarmStates& warm_states() const { return warm_.states(); }

 private:
  NamespaceWiring namespaces_;
  gateway::HealthRoute health_;
  gateway::ReadyRoute ready_;
  gateway::MetricsRoute metrics_;
  features::legs::LegReader legs_;
  features::search::Searcher searcher_;
  std::unique_ptr<FunctionWiring> functions_;  // null: no queue database
  gateway::DataRoutes data_;
  gateway::DeletionRoutes deletions_;
  gateway::ModelsRoute models_;
  gateway::Jobs jobs_;
  gateway::Job job_;
  gateway::SnapshotRoutes snapshots_;
  gateway::BlobRoutes blobs_;
  gateway::ExportRoutes exports_;
  gateway::WarmRoutes warm_;
  gateway::InitRoute init_;
  gateway::DocumentRoutes documents_;
  gateway::ScanRoutes scans_;
  gateway::FederatedRoutes federated_;
  gateway::HistoryRoutes history_;
  std::unique_ptr<PipelineWiring> pipelines_;  // null: no queue database or no object store
  gateway::PipelineRoutes pipeline_routes_;
  gateway::FunctionRoutes function_routes_;
  std::unique_ptr<PushWiring> push_;  // null: no functions
  gateway::RouteHandlers handlers_;
};

}  // namespace layer::app
