#include "features/embed/models.h"

#include "features/embed/http_model.h"
#include "features/embed/static_model.h"
#include "json/writer.h"

namespace layer::features::embed {
namespace {

Result<std::unique_ptr<Model>> open_model(ModelSpec spec, const Models::Parts& parts) {
  if (spec.kind == ModelSpec::Kind::kStatic) {
    LAYER_ASSIGN(auto model, StaticModel::open(std::move(spec), parts.pool));
    return model;
  }
  core::Secret key;
  if (spec.api_key) {
    LAYER_ASSIGN(key, parts.find_secret(*spec.api_key));
  }
  LAYER_ASSIGN(auto model, HttpModel::make(std::move(spec), std::move(key), parts.loops));
  return model;
}

}  // namespace

std::expected<Models, std::vector<Error>> Models::open(std::vector<ModelSpec> specs,
                                                       const Parts& parts) {
  std::vector<std::unique_ptr<Model>> models;
  std::vector<Error> mistakes;
  for (ModelSpec& spec : specs) {
    const std::string name = spec.name;
    auto model = open_model(std::move(spec), parts);
    if (model) {
      models.push_back(std::move(*model));
    } else {
      model.error().message = "model \"" + name + "\": " + model.error().message;
      mistakes.push_back(std::move(model).error());
    }
  }
  if (!mistakes.empty()) {
    return std::unexpected(std::move(mistakes));
  }
  return Models(std::move(models));
}

Model* Models::find(std::string_view name) const {
  for (const auto& model : models_) {
    if (model->spec().name == name) {
      return model.get();
    }
  }
  return nullptr;
}

std::string print_models(const Models& models) {
  json::Writer out;
  out.begin_object().key("models").begin_array();
  for (const auto& model : models.all()) {
    const ModelSpec& spec = model->spec();
    out.begin_object()
        .member("name", spec.name)
        .member("kind", name(spec.kind))
        .member("dims", spec.dims)
        .member("max_tokens", spec.tokens_max)
        .member("modality", name(spec.modality))
        .member("state", model->state())
        .end_object();
  }
  out.end_array().end_object();
  return std::move(out).take();
}

}  // namespace layer::features::embed
