// Settings of a namespace as its Index and its stored state say them. Thread safety: from any loop,
// concurrently.
#pragma once

#include "features/namespaces/routing.h"
#include "features/namespaces/state_cache.h"
#include "gateway/namespace_settings.h"

namespace layer::gateway {

class StoredSettings final : public NamespaceSettingsSource {
 public:
  // What the options of the process say.
  struct Options {
    bool stamp = true;
    bool hide_reserved = true;
  };
  // Both outlive it.
  StoredSettings(features::namespaces::Router& router, features::namespaces::StateCache& states,
                 Options options)
      : router_(router), states_(states), options_(options) {}

  Result<NamespaceSettings> known(std::string_view ns) override;
  async::Task<Result<NamespaceSettings>> load(std::string ns) override;

 private:
  NamespaceSettings settings(const features::namespaces::Route& route,
                             const features::namespaces::NamespaceState& state) const;

  features::namespaces::Router& router_;
  features::namespaces::StateCache& states_;
  const Options options_;
};

}  // namespace layer::gateway
