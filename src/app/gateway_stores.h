// The stores of a gateway, opened from their configuration, and opened anew where it changes.
// Thread safety: set() as StoreSet, specs() from any thread; open() and stop() from the owner's
// thread, change() from one at a time and not after stop().
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/config.h"
#include "app/machine.h"
#include "app/process.h"
#include "app/serving.h"
#include "resources/store_config.h"
#include "store/store_set.h"

namespace layer::app {

class GatewayStores {
 public:
  using Specs = std::vector<resources::StoreSpec>;

  // Embedded engines lie in the directory their URL names ("memory:": nowhere). Exit code 2 when
  // the configuration is at fault, 1 when a store cannot be opened.
  static Started<std::unique_ptr<GatewayStores>> open(Specs specs, const Config& config,
                                                      Machine& machine,
                                                      const OpenEngine& open_engine);

  // These stores from now on. A store whose address and credential are as they were stays as it
  // is; calls in flight to another one finish there. On errors nothing has changed. Blocks while an
  // embedded engine opens.
  Started<void> change(Specs specs);

  store::StoreSet& set() { return *set_; }
  // The configuration in force.
  std::shared_ptr<const Specs> specs() const { return specs_.load(std::memory_order_acquire); }
  void stop();

 private:
  GatewayStores(const Config& config, Machine& machine, OpenEngine open_engine);

  Started<store::StoreSet::Stores> make_stores(const Specs& specs);
  Started<std::shared_ptr<store::VectorStore>> make_remote(const resources::StoreSpec& spec);
  Started<std::shared_ptr<store::VectorStore>> make_embedded(const resources::StoreSpec& spec);
  bool unchanged(const resources::StoreSpec& spec) const;

  const Config& config_;
  Machine& machine_;
  OpenEngine open_engine_;
  // By name and URL of the store. An engine that was opened stays open to the end, so that its
  // calls finish and a store that comes back finds it.
  std::map<std::string, std::unique_ptr<engine::Engine>> engines_;
  std::atomic<std::shared_ptr<const Specs>> specs_;
  std::optional<store::StoreSet> set_;
};

// The one store of `layer up`: the engine in the data directory.
resources::StoreSpec embedded_spec(const Config& config);

}  // namespace layer::app
