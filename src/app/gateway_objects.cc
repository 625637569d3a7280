#include "app/gateway_objects.h"

#include <fmt/format.h>

#include "async/run.h"
#include "objects/directory_store.h"
#include "objects/prefixed_store.h"
#include "objects/probe.h"
#include "objects/s3/s3_store.h"

namespace layer::app {
namespace {

Result<std::unique_ptr<objects::ObjectStore>> open_kind(const Config& config, Machine& machine) {
  const ObjectConfig& wanted = config.gateway.objects;
  if (wanted.kind == ObjectConfig::Kind::kS3) {
    LAYER_ASSIGN(auto store, objects::S3Store::open(wanted.s3, machine.disk_pool, machine.clock));
    return store;
  }
  LAYER_ASSIGN(auto store,
               objects::DirectoryStore::open(config.data_dir / "objects", machine.disk_pool));
  return store;
}

}  // namespace

Result<std::unique_ptr<GatewayObjects>> GatewayObjects::open(const Config& config,
                                                             Machine& machine) {
  const ObjectConfig& wanted = config.gateway.objects;
  std::unique_ptr<GatewayObjects> objects(new GatewayObjects());
  objects->off_ = wanted.kind == ObjectConfig::Kind::kOff;
  LAYER_ASSIGN(objects->store_, open_kind(config, machine));
  objects::ObjectStore* store = objects->store_.get();
  if (!wanted.prefix.empty()) {
    objects->prefixed_ = std::make_unique<objects::PrefixedStore>(*store, wanted.prefix);
    store = objects->prefixed_.get();
  }
  objects->measured_ = std::make_unique<objects::MeasuredStore>(*store, machine.metrics);
  // A store that cannot put on a condition would lose state without saying so.
  auto usable =
      async::run_blocking(machine.loops.at(0), [&] { return objects::probe(objects->own()); });
  if (!usable) {
    usable.error().message =
        fmt::format("--object-store {}: {}", wanted.kind_name(), usable.error().message);
    return std::unexpected(std::move(usable).error());
  }
  return objects;
}

}  // namespace layer::app
