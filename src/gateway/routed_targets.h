// Targets by the Index resources: the store and physical name an Index gives a namespace, else the
// default store. Thread safety: as Targets. Cost: two hash look-ups.
#pragma once

#include "features/namespaces/routing.h"
#include "gateway/target.h"

namespace layer::gateway {

class RoutedTargets final : public Targets {
 public:
  explicit RoutedTargets(const features::namespaces::Router& router) : router_(router) {}

  Result<Target> resolve(std::string_view ns) override {
    const auto table = router_.table();
    if (ns.empty()) {
      return Target{.store = &table->default_store()};
    }
    LAYER_ASSIGN(const auto route, table->find(ns));
    Target target{.store = route.store};
    if (route.renamed(ns)) {
      target.physical = std::string(route.physical);
    }
    return target;
  }

 private:
  const features::namespaces::Router& router_;
};

}  // namespace layer::gateway
