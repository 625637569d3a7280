#include "features/embed/query_embedder.h"

#include <fmt/format.h>

#include "json/wrong_member.h"

namespace layer::features::embed {
namespace {

// A profile is asked for by the text's attribute or by the column of its vectors.
const Profile* find_profile(const Profiles& profiles, std::string_view field) {
  const Profile* const found = find_source(profiles, field);
  return found != nullptr ? found : find_target(profiles, field);
}

std::unexpected<Error> no_model(std::string_view name) {
  return std::unexpected(Error{
      .code = ErrorCode::kFeatureUnavailable,
      .message = fmt::format("this deployment serves no embedding model \"{}\"", name),
      .fields = {{.name = "feature", .value = "embed"}, {.name = "reason", .value = "model"}}});
}

}  // namespace

async::Task<> QueryEmbedder::prepare(std::string ns) {
  if (!models_.empty()) {
    // What cannot be read counts as not there, as long as nothing else is known.
    (void)co_await profiles_.load(std::move(ns));
  }
}

bool QueryEmbedder::serves(std::string_view ns, std::string_view field, std::string_view model) {
  const ProfilesPtr profiles = profiles_.known(ns);
  if (profiles != nullptr && find_profile(*profiles, field) != nullptr) {
    return true;
  }
  return !model.empty() && models_.find(model) != nullptr;
}

async::Task<Result<QueryVector>> QueryEmbedder::embed(QueryText text, async::TimePoint deadline) {
  LAYER_CO_ASSIGN(const ProfilesPtr profiles, co_await profiles_.load(text.ns));
  const Profile* const profile = find_profile(*profiles, text.field);
  if (profile == nullptr && text.model.empty()) {
    co_return json::wrong_member("model", "model name must be provided");
  }
  const std::string model_name = text.model.empty() ? profile->model : text.model;
  Model* const model = models_.find(model_name);
  if (model == nullptr) {
    co_return no_model(model_name);
  }
  const bool own = profile != nullptr && profile->model == model_name;
  if (profile != nullptr && !own && profile->dims != model->spec().dims) {
    co_return json::wrong_member(
        "model", fmt::format("\"{}\" makes vectors of {} dimensions, the column \"{}\" has {}",
                             model_name, model->spec().dims, profile->target, profile->dims));
  }
  ComputeAsk ask{.model = model,
                 .dims = own ? profile->dims : model->spec().dims,
                 .revision = own ? profile->revision : std::string(),
                 .instruction = (own ? profile->query_instruction : std::string()) +
                                model->spec().query_prefix,
                 .ns = text.ns};
  ask.texts.push_back(text.text);
  LAYER_CO_ASSIGN(const Computed computed, co_await compute_.run(std::move(ask), deadline));
  if (computed.vectors.front()->empty()) {
    co_return json::wrong_member(
        "text", fmt::format("the model \"{}\" knows none of its words", model_name));
  }
  co_return QueryVector{
      .values = *computed.vectors.front(),
      .attribute = profile != nullptr ? profile->target : text.field,
      .model = model_name,
      .tokens = computed.tokens,
      .stale_profile = profile != nullptr && profile->state == Profile::State::kPending};
}

}  // namespace layer::features::embed
