// Settings of a namespace as its Index and its stored state say them. Thread safety: from any loop,
// concurrently.
#pragma once

#include "features/namespaces/routing.h"
#include "features/namespaces/state_cache.h"
#include "gateway/namespace_settings.h"

namespace layer::gateway {

class StoredSettings final : public NamespaceSettingsSource {
 public:
  // Both outlive it. `stamp`: the option of the process.
  StoredSettings(features::namespaces::Router& router, features::namespaces::StateCache& states,
                 bool stamp)
      : router_(router), states_(states), stamp_(stamp) {}

  Result<NamespaceSettings> known(std::string_view ns) override;
  async::Task<Result<NamespaceSettings>> load(std::string ns) override;

 private:
  NamespaceSettings settings(const features::namespaces::Route& route,
                             const features::namespaces::NamespaceState& state) const;

  features::namespaces::Router& router_;
  features::namespaces::StateCache& states_;
  const bool stamp_;
};

}  // namespace layer::gateway
