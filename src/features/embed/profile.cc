#include "features/embed/profile.h"

#include <algorithm>

#include "core/limits.h"
#include "json/document.h"
#include "json/writer.h"

namespace layer::features::embed {
namespace {

std::unexpected<Error> corrupt(std::string what) {
  return fail(ErrorCode::kCorrupt, "embedding.json: " + std::move(what));
}

std::string text_of(const json::Object& object, const char* name) {
  std::string_view text;
  return object[name].get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

Result<Profile> parse_profile(const json::Object& object) {
  Profile profile{.attribute = text_of(object, "attribute"),
                  .model = text_of(object, "model"),
                  .target = text_of(object, "target"),
                  .revision = text_of(object, "revision"),
                  .write_id = text_of(object, "write_id")};
  std::uint64_t dims = 0;
  if (profile.attribute.empty() || profile.model.empty() || profile.target.empty() ||
      object["dims"].get(dims) != simdjson::SUCCESS || dims == 0 ||
      dims > core::limits::vector_dims_max) {
    return corrupt("a profile needs attribute, model, target and dims");
  }
  profile.dims = static_cast<std::uint32_t>(dims);
  json::Object instructions;
  if (object["instructions"].get(instructions) == simdjson::SUCCESS) {
    profile.document_instruction = text_of(instructions, "document");
    profile.query_instruction = text_of(instructions, "query");
  }
  const std::string modality = text_of(object, "modality");
  if (modality != "text" && modality != "image") {
    return corrupt("a profile has a modality nobody knows");
  }
  profile.modality = modality == "text" ? Modality::kText : Modality::kImage;
  json::Value chunk;
  if (object["chunk"].get(chunk) == simdjson::SUCCESS && !chunk.is_null()) {
    auto rule = chunking::parse_chunk_rule(chunk, "chunk");
    if (!rule) {
      return corrupt(rule.error().message);
    }
    profile.chunk = std::move(*rule);
  }
  if (object["incarnation"].get(profile.incarnation) != simdjson::SUCCESS) {
    profile.incarnation = 0;
  }
  profile.state =
      text_of(object, "state") == "active" ? Profile::State::kActive : Profile::State::kPending;
  return profile;
}

}  // namespace

bool Profile::same_as(const Profile& other) const {
  Profile same = other;
  same.state = state;
  same.write_id = write_id;
  same.incarnation = incarnation;
  return *this == same;
}

const Profile* find_source(const Profiles& profiles, std::string_view attribute) {
  const auto found = std::ranges::find(profiles, attribute, &Profile::attribute);
  return found == profiles.end() ? nullptr : &*found;
}

const Profile* find_target(const Profiles& profiles, std::string_view target) {
  const auto found = std::ranges::find(profiles, target, &Profile::target);
  return found == profiles.end() ? nullptr : &*found;
}

Result<Profiles> parse_profiles(std::string text) {
  const auto document = json::Document::parse(std::move(text));
  json::Object root;
  json::Array list;
  if (!document || document->root().get(root) != simdjson::SUCCESS ||
      root["profiles"].get(list) != simdjson::SUCCESS) {
    return corrupt("it must be an object with a list of profiles");
  }
  if (list.size() > kProfilesMax) {
    return corrupt("too many profiles");
  }
  Profiles profiles;
  for (const json::Value item : list) {
    json::Object object;
    if (item.get(object) != simdjson::SUCCESS) {
      return corrupt("a profile must be an object");
    }
    LAYER_ASSIGN(Profile profile, parse_profile(object));
    profiles.push_back(std::move(profile));
  }
  return profiles;
}

std::string print_profiles(const Profiles& profiles) {
  json::Writer out;
  out.begin_object().member("v", kProfileVersion).key("profiles").begin_array();
  for (const Profile& profile : profiles) {
    out.begin_object()
        .member("attribute", profile.attribute)
        .member("model", profile.model)
        .member("dims", profile.dims)
        .member("target", profile.target)
        .member("serving", "local")
        .member("revision", profile.revision)
        .key("instructions")
        .begin_object()
        .member("document", profile.document_instruction)
        .member("query", profile.query_instruction)
        .end_object()
        .member("modality", name(profile.modality));
    if (profile.chunk) {
      out.key("chunk");
      chunking::print_chunk_rule(out, *profile.chunk);
    }
    out.member("state", name(profile.state))
        .member("write_id", profile.write_id)
        .member("incarnation", profile.incarnation)
        .end_object();
  }
  out.end_array().end_object();
  return std::move(out).take();
}

std::string profiles_key(std::string_view ns) {
  return "namespaces/" + std::string(ns) + "/embedding.json";
}

}  // namespace layer::features::embed
