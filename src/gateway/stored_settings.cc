#include "gateway/stored_settings.h"

#include "features/namespaces/settings.h"

namespace layer::gateway {

namespace namespaces = features::namespaces;

NamespaceSettings StoredSettings::settings(const namespaces::Route& route,
                                           const namespaces::NamespaceState& state) const {
  const auto write = namespaces::write_settings(options_.stamp, route, state);
  NamespaceSettings out{
      .logical = std::string(route.logical),
      .rules = {.stamp = write.stamp, .id_type = write.id_type},
      .incarnation = state.incarnation,
      .hides_reserved =
          options_.hide_reserved && namespaces::may_hold_reserved(options_.stamp, route, state),
      .reads_stable = write.stamp && namespaces::settings(route).stable};
  if (write.shard_count > 0) {
    out.rules.shard_count = write.shard_count;
  }
  if (state.layout && state.layout->scatter_queries) {
    out.scatter_shards = features::shards::shard_count(state);
  }
  out.scan_threads = namespaces::settings(route).scan_threads;
  return out;
}

Result<NamespaceSettings> StoredSettings::known(std::string_view ns) {
  const auto table = router_.table();
  LAYER_ASSIGN(const namespaces::Route route, table->find(ns));
  return settings(route, *states_.known(route.logical));
}

async::Task<Result<NamespaceSettings>> StoredSettings::load(std::string ns) {
  const auto table = router_.table();
  LAYER_CO_ASSIGN(const namespaces::Route route, table->find(ns));
  const auto state = co_await states_.load(std::string(route.logical));
  co_return settings(route, *state);
}

}  // namespace layer::gateway
