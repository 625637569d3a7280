#include "app/gateway_stores.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "store/closed_store.h"
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

GatewayStores::GatewayStores(const Config& config, Machine& machine, OpenEngine open_engine)
    : config_(config), machine_(machine), open_engine_(std::move(open_engine)) {}

Started<std::unique_ptr<GatewayStores>> GatewayStores::open(Specs specs, const Config& config,
                                                            Machine& machine,
                                                            const OpenEngine& open_engine) {
  std::unique_ptr<GatewayStores> opened(new GatewayStores(config, machine, open_engine));
  auto changed = opened->change(std::move(specs));
  if (!changed) {
    return std::unexpected(std::move(changed).error());
  }
  return opened;
}

Started<void> GatewayStores::change(Specs specs) {
  auto stores = make_stores(specs);
  if (!stores) {
    return std::unexpected(std::move(stores).error());
  }
  const auto chosen = std::ranges::find_if(specs, &resources::StoreSpec::is_default);
  const std::string default_name = chosen == specs.end() ? std::string() : chosen->name;
  if (set_) {
    auto replaced = set_->replace(std::move(*stores), default_name);
    if (!replaced) {
      return cannot_start(std::move(replaced).error(), kConfiguration);
    }
  } else {
    auto set = store::StoreSet::make(std::move(*stores), default_name);
    if (!set) {
      return cannot_start(std::move(set).error(), kConfiguration);
    }
    set_.emplace(std::move(*set));
  }
  specs_.store(std::make_shared<const Specs>(std::move(specs)), std::memory_order_release);
  return {};
}

Started<store::StoreSet::Stores> GatewayStores::make_stores(const Specs& specs) {
  store::StoreSet::Stores stores;
  StartFailure wrong{.faults = {}, .exit_code = kConfiguration};
  for (const resources::StoreSpec& spec : specs) {
    if (unchanged(spec)) {
      stores.push_back(set_->current(spec.name));
      continue;
    }
    auto made =
        spec.kind == resources::StoreKind::kTurbopuffer ? make_remote(spec) : make_embedded(spec);
    if (made) {
      stores.push_back(std::move(*made));
    } else if (made.error().exit_code == kConfiguration) {
      std::ranges::move(made.error().faults, std::back_inserter(wrong.faults));
    } else {
      return std::unexpected(std::move(made).error());
    }
  }
  if (!wrong.faults.empty()) {
    return std::unexpected(std::move(wrong));
  }
  return stores;
}

bool GatewayStores::unchanged(const resources::StoreSpec& spec) const {
  const auto before = specs();
  if (before == nullptr) {
    return false;
  }
  const auto same = [&](const resources::StoreSpec& known) {
    return known.name == spec.name && known.kind == spec.kind && known.url == spec.url &&
           known.region == spec.region && known.credential == spec.credential;
  };
  return std::ranges::any_of(*before, same);
}

Started<std::shared_ptr<store::VectorStore>> GatewayStores::make_remote(
    const resources::StoreSpec& spec) {
  if (spec.has_credential && spec.credential.empty()) {
    return std::make_shared<store::ClosedStore>(
        spec.name, "turbopuffer",
        fmt::format("store '{}' has no credential yet: {}", spec.name, spec.credential_fault));
  }
  auto remote =
      store::RemoteStore::make(remote_options(spec, config_), machine_.loops, machine_.metrics);
  if (!remote) {
    return cannot_start(std::move(remote).error(), kConfiguration);
  }
  return std::shared_ptr<store::VectorStore>(std::move(*remote));
}

Started<std::shared_ptr<store::VectorStore>> GatewayStores::make_embedded(
    const resources::StoreSpec& spec) {
  const auto directory = engine_directory(spec);
  if (!directory) {
    return cannot_start(directory.error(), kConfiguration);
  }
  auto& engine = engines_[spec.name + ' ' + spec.url];
  if (engine == nullptr) {
    auto opened = open_engine_(config_, *directory, machine_.log);
    if (!opened) {
      return cannot_start(std::move(opened).error());
    }
    engine = std::move(*opened);
  }
  return std::make_shared<store::EmbeddedStore>(
      store::EmbeddedStore::Parts{.engine = *engine,
                                  .engine_pool = machine_.engine_pool,
                                  .codec_pool = machine_.codec_pool,
                                  .log = machine_.log,
                                  .body_bytes_max = config_.body_bytes_max,
                                  .name = spec.name});
}

void GatewayStores::stop() {
  for (const auto& [name, engine] : engines_) {
    if (engine != nullptr) {
      engine->stop();
    }
  }
}

}  // namespace layer::app
