// Search history of a gateway, wired: what the options --history* say, the records kept in the data
// directory and the object store. Thread safety: the parts as their headers say; open(), start()
// and stop() from the owner's thread.
#pragma once

#include <memory>
#include <string_view>

#include "app/config.h"
#include "app/machine.h"
#include "engine/storage/file_system.h"
#include "features/history/history.h"
#include "features/namespaces/routing.h"
#include "gateway/history/purge_history.h"

namespace layer::app {

HistoryConfig read_history_config(const core::OptionValues& values);

class HistoryWiring {
 public:
  // The arguments outlive the wiring. Errors: the spool cannot be opened.
  static Result<std::unique_ptr<HistoryWiring>> open(const Config& config, Machine& machine,
                                                     features::namespaces::Router& router,
                                                     objects::ObjectStore& objects,
                                                     std::string_view gateway);
  HistoryWiring(const HistoryWiring&) = delete;
  HistoryWiring& operator=(const HistoryWiring&) = delete;

  // Null: history is switched off.
  features::history::History* history() { return history_.get(); }
  // Empty: switched off.
  gateway::PurgeRecords purge();
  void start();
  // After the last request and the last record. Idempotent.
  void stop();

 private:
  HistoryWiring(Machine& machine, features::namespaces::Router& router);

  std::unique_ptr<engine::storage::FileSystem> files_;
  features::history::SettingsCache settings_;
  std::unique_ptr<features::history::History> history_;
};

}  // namespace layer::app
