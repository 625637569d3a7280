#include "app/embed_wiring.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "features/embed/metrics.h"
#include "features/embed/models_file.h"
#include "resources/secrets.h"

namespace layer::app {
namespace {

namespace embed = features::embed;

constexpr int kConfiguration = 2;

Result<std::string> read_models_file(const std::string& name) {
  std::error_code error;
  const auto bytes = std::filesystem::file_size(name, error);
  if (error || bytes > embed::kModelsFileBytesMax) {
    return fail(ErrorCode::kInvalidArgument,
                name + ": cannot be read, or is too large for a models file");
  }
  std::ifstream in(name, std::ios::binary);
  return std::string{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// Paths of models are relative to the file that names them.
void resolve_paths(std::vector<embed::ModelSpec>& models, const std::string& file) {
  const auto folder = std::filesystem::path(file).parent_path();
  for (embed::ModelSpec& model : models) {
    if (!model.path.empty()) {
      model.path = (folder / model.path).string();
    }
  }
}

}  // namespace

EmbedConfig read_embed_config(const core::OptionValues& values, std::vector<Error>& faults) {
  EmbedConfig config{.cache_ttl = std::chrono::milliseconds(values.number("embed-cache-ttl-ms")),
                     .cache_bytes_max = values.number("embed-cache-size")};
  const std::string file(values.text("models"));
  if (file.empty()) {
    return config;
  }
  auto text = read_models_file(file);
  if (!text) {
    text.error().message = "--models: " + text.error().message;
    faults.push_back(std::move(text).error());
    return config;
  }
  auto models = embed::parse_models(std::move(*text));
  if (!models) {
    for (Error& mistake : models.error()) {
      mistake.message = "--models: " + file + ": " + mistake.message;
      faults.push_back(std::move(mistake));
    }
    return config;
  }
  config.models = std::move(*models);
  resolve_paths(config.models, file);
  return config;
}

EmbedWiring::EmbedWiring(const Config& config, Machine& machine, objects::ObjectStore& objects,
                         embed::Models models)
    : models_(std::move(models)),
      cache_(machine.clock, {.ttl = config.gateway.embed.cache_ttl,
                             .bytes_max = config.gateway.embed.cache_bytes_max}),
      compute_(cache_, machine.metrics, machine.clock),
      profiles_(objects, machine.clock, {.ttl = config.gateway.state_ttl}),
      queries_(models_, profiles_, compute_),
      writes_({.models = models_,
               .profiles = profiles_,
               .compute = compute_,
               .pool = machine.codec_pool,
               .log = machine.log}) {
  machine.metrics.gauge(embed::kEmbedCacheBytes,
                        [this] { return static_cast<double>(cache_.bytes()); });
}

Started<std::unique_ptr<EmbedWiring>> EmbedWiring::open(const Config& config, Machine& machine,
                                                        objects::ObjectStore& objects) {
  const std::shared_ptr<const resources::SecretSource> secrets =
      resources::process_secrets(config.gateway.resources_dir);
  auto models =
      embed::Models::open(config.gateway.embed.models,
                          {.pool = machine.codec_pool,
                           .loops = machine.loops,
                           .find_secret = [&secrets](const embed::ModelSpec::SecretName& name) {
                             return secrets->resolve({.name = name.name, .key = name.key});
                           }});
  if (!models) {
    StartFailure failure{.faults = std::move(models).error(), .exit_code = kConfiguration};
    for (Error& fault : failure.faults) {
      fault.message = "--models: " + fault.message;
    }
    return std::unexpected(std::move(failure));
  }
  return std::unique_ptr<EmbedWiring>(
      new EmbedWiring(config, machine, objects, std::move(*models)));
}

embed::Embedder& EmbedWiring::queries() {
  if (models_.empty()) {
    return none_;
  }
  return queries_;
}

}  // namespace layer::app
