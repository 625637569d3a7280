// The stores of a gateway, opened from their configuration. Thread safety: as StoreSet; open() and
// stop() from the owner's thread.
#pragma once

#include <memory>
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

  store::StoreSet& set() { return *set_; }
  const Specs& specs() const { return specs_; }
  void stop();

 private:
  std::vector<std::unique_ptr<engine::Engine>> engines_;
  Specs specs_;
  std::optional<store::StoreSet> set_;
};

// The one store of `layer up`: the engine in the data directory.
resources::StoreSpec embedded_spec(const Config& config);

}  // namespace layer::app
