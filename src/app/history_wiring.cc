#include "app/history_wiring.h"

#include <string>
#include <utility>

namespace layer::app {
namespace {

namespace history = features::history;
namespace namespaces = features::namespaces;

// The spec lives as long as the table that holds it.
history::SettingsCache::FindIndex find_index(namespaces::Router& router) {
  return [&router](std::string_view ns) -> std::shared_ptr<const resources::IndexSpec> {
    const auto table = router.table();
    const auto route = table->find(ns);
    if (!route || route->index == nullptr) {
      return nullptr;
    }
    return {table, route->index};
  };
}

}  // namespace

HistoryConfig read_history_config(const core::OptionValues& values) {
  return {.on = values.flag("history"),
          .fsync_every = values.duration("history-fsync"),
          .flush_every = values.duration("history-flush"),
          .spool_bytes_max = values.number("history-spool-max")};
}

HistoryWiring::HistoryWiring(Machine& machine, namespaces::Router& router)
    : files_(engine::storage::posix_file_system()), settings_(find_index(router), machine.clock) {}

Result<std::unique_ptr<HistoryWiring>> HistoryWiring::open(const Config& config, Machine& machine,
                                                           namespaces::Router& router,
                                                           objects::ObjectStore& objects,
                                                           std::string_view gateway) {
  std::unique_ptr<HistoryWiring> wiring(new HistoryWiring(machine, router));
  const HistoryConfig& options = config.gateway.history;
  if (!options.on) {
    return wiring;
  }
  LAYER_ASSIGN(wiring->history_,
               history::History::open({.objects = objects,
                                       .files = *wiring->files_,
                                       .clock = machine.clock,
                                       .log = machine.log,
                                       .metrics = machine.metrics,
                                       .loop = machine.loops.at(0),
                                       .pool = machine.disk_pool,
                                       .settings = wiring->settings_,
                                       .gateway = std::string(gateway)},
                                      {.dir = config.data_dir / "spool" / "history",
                                       .fsync_every = options.fsync_every,
                                       .flush_every = options.flush_every,
                                       .spool_bytes_max = options.spool_bytes_max}));
  return wiring;
}

gateway::PurgeRecords HistoryWiring::purge() {
  if (history_ == nullptr) {
    return {};
  }
  return [kept = history_.get()](std::string ns, history::PurgeAsk ask) {
    return kept->purge(std::move(ns), std::move(ask));
  };
}

void HistoryWiring::start() {
  if (history_ != nullptr) {
    history_->start();
  }
}

void HistoryWiring::stop() {
  if (history_ != nullptr) {
    history_->stop();
  }
}

}  // namespace layer::app
