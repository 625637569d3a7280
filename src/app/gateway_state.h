// What a gateway knows beside its stores: resources, where namespaces live, their state, keys that
// sign, clocks. Thread safety: the members as their headers say; open() and stop() from the owner's
// thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "app/config.h"
#include "app/embed_wiring.h"
#include "app/gateway_objects.h"
#include "app/history_wiring.h"
#include "app/machine.h"
#include "app/serving.h"
#include "core/signer.h"
#include "features/freshness/hybrid_clock.h"
#include "features/namespaces/object_state_source.h"
#include "features/namespaces/routing.h"
#include "features/namespaces/state_cache.h"
#include "store/store_set.h"

namespace layer::app {

class GatewayState {
 public:
  static Started<std::unique_ptr<GatewayState>> open(const Config& config, Machine& machine,
                                                     store::StoreSet& stores);
  ~GatewayState();

  std::uint64_t gateway_id() const { return gateway_id_; }
  // Always there; with the object store off, this gateway's own.
  objects::ObjectStore& objects() { return objects_->own(); }
  // What else keeps state in the object store. Null: it is off.
  objects::ObjectStore* shared_objects() { return objects_->shared(); }
  const GatewayObjects& object_store() const { return *objects_; }
  const core::Signer& signer() const { return *signer_; }
  features::freshness::HybridClock& hlc() { return *hlc_; }
  features::namespaces::Router& router() { return *router_; }
  features::namespaces::StateCache& states() { return *states_; }
  EmbedWiring& embed() { return *embed_; }
  HistoryWiring& history() { return *history_; }
  void stop() {
    if (history_ != nullptr) {
      history_->stop();
    }
    states_->stop();
  }

 private:
  GatewayState() = default;

  std::uint64_t gateway_id_ = 0;
  std::unique_ptr<GatewayObjects> objects_;
  std::unique_ptr<core::Signer> signer_;
  std::unique_ptr<features::freshness::HybridClock> hlc_;
  std::unique_ptr<features::namespaces::Router> router_;
  std::unique_ptr<features::namespaces::ObjectStateSource> state_source_;
  std::unique_ptr<features::namespaces::StateCache> states_;
  std::unique_ptr<EmbedWiring> embed_;
  std::unique_ptr<HistoryWiring> history_;
};

}  // namespace layer::app
