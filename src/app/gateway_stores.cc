#include "app/gateway_stores.h"

#include <fmt/format.h>

#include "store/embedded/embedded_store.h"
#include "store/turbopuffer/remote_store.h"

namespace layer::app {
namespace {

constexpr std::string_view kFileScheme = "file://";
constexpr std::string_view kMemory = "memory:";
constexpr int kConfiguration = 2;

// Empty: in memory.
Result<std::filesystem::path> engine_directory(const resources::StoreSpec& spec) {
  if (spec.url == kMemory) {
    return std::filesystem::path();
  }
  if (spec.url.starts_with(kFileScheme) && spec.url.size() > kFileScheme.size()) {
    return std::filesystem::path(spec.url.substr(kFileScheme.size()));
  }
  return fail(ErrorCode::kInvalidArgument,
              fmt::format("store '{}': an embedded store lies in a directory (file:///dir) or in "
                          "memory (memory:), not at '{}'",
                          spec.name, spec.url));
}

store::RemoteOptions remote_options(const resources::StoreSpec& spec, const Config& config) {
  store::RemoteOptions options = config.gateway.remote;
  options.name = spec.name;
  if (!spec.url.empty()) {
    options.url = spec.url;
  }
  options.region = spec.region;
  options.credential = spec.credential.reveal();
  return options;
}

}  // namespace

resources::StoreSpec embedded_spec(const Config& config) {
  resources::StoreSpec spec;
  spec.name = "default";
  spec.kind = resources::StoreKind::kEmbedded;
  spec.url = std::string(kFileScheme) + std::filesystem::absolute(config.data_dir).string();
  spec.is_default = true;
  return spec;
}

Started<std::unique_ptr<GatewayStores>> GatewayStores::open(Specs specs, const Config& config,
                                                            Machine& machine,
                                                            const OpenEngine& open_engine) {
  auto opened = std::make_unique<GatewayStores>();
  std::vector<std::unique_ptr<store::VectorStore>> stores;
  StartFailure wrong{.faults = {}, .exit_code = kConfiguration};
  std::string default_name;
  for (const resources::StoreSpec& spec : specs) {
    if (spec.is_default) {
      default_name = spec.name;
    }
    if (spec.kind == resources::StoreKind::kTurbopuffer) {
      auto remote =
          store::RemoteStore::make(remote_options(spec, config), machine.loops, machine.metrics);
      if (remote) {
        stores.push_back(std::move(*remote));
      } else {
        wrong.faults.push_back(std::move(remote).error());
      }
      continue;
    }
    const auto directory = engine_directory(spec);
    if (!directory) {
      wrong.faults.push_back(directory.error());
      continue;
    }
    auto engine = open_engine(config, *directory, machine.log);
    if (!engine) {
      return cannot_start(std::move(engine).error());
    }
    stores.push_back(std::make_unique<store::EmbeddedStore>(
        store::EmbeddedStore::Parts{.engine = **engine,
                                    .engine_pool = machine.engine_pool,
                                    .codec_pool = machine.codec_pool,
                                    .log = machine.log,
                                    .body_bytes_max = config.body_bytes_max,
                                    .name = spec.name}));
    opened->engines_.push_back(std::move(*engine));
  }
  if (!wrong.faults.empty()) {
    return std::unexpected(std::move(wrong));
  }
  auto set = store::StoreSet::make(std::move(stores), default_name);
  if (!set) {
    return cannot_start(std::move(set).error(), kConfiguration);
  }
  opened->specs_ = std::move(specs);
  opened->set_.emplace(std::move(*set));
  return opened;
}

void GatewayStores::stop() {
  for (const auto& engine : engines_) {
    engine->stop();
  }
}

}  // namespace layer::app
