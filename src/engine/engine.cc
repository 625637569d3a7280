#include "engine/engine.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "engine/namespace/catalog.h"
#include "engine/routes/background.h"
#include "engine/routes/operations.h"
#include "engine/routes/router.h"

namespace layer::engine {
namespace {

// The thread that answers a query works on it, too.
std::size_t helpers() {
  return std::max(1U, std::thread::hardware_concurrency()) - 1;
}

// Catalog, background work and routes, wired. Members end in the reverse order: what runs in the
// background ends before the catalog it uses.
class CatalogEngine final : public Engine {
 public:
  explicit CatalogEngine(std::unique_ptr<ns::Catalog> catalog) : catalog_(std::move(catalog)) {}

  wire::Response handle(wire::Request request) override {
    return routes::dispatch(services_, std::move(request));
  }

  void stop() override {
    background_.stop();
    catalog_->stop();
  }

 private:
  std::unique_ptr<ns::Catalog> catalog_;
  routes::Background background_{{}};
  routes::Operations operations_{{}, background_};
  async::Crew crew_{helpers(), "crew"};
  routes::Services services_{
      .catalog = *catalog_, .background = background_, .operations = operations_, .crew = crew_};
};

}  // namespace

Result<std::unique_ptr<Engine>> Engine::open(Options options, storage::FileSystem& files) {
  ns::CatalogOptions catalog_options;
  catalog_options.directory = std::move(options.directory);
  catalog_options.memory_segment_bytes_max = options.memory_segment_bytes_max;
  catalog_options.maintenance_threads = options.maintenance_threads;
  catalog_options.open_namespaces_max = options.open_namespaces_max;
  catalog_options.sync = options.sync;
  catalog_options.logger = options.logger;
  LAYER_ASSIGN(auto catalog, ns::Catalog::open(std::move(catalog_options), files));
  return std::make_unique<CatalogEngine>(std::move(catalog));
}

}  // namespace layer::engine
