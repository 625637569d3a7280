#include "features/embed/declaration.h"

#include <fmt/format.h>

#include "core/limits.h"
#include "json/wrong_member.h"

namespace layer::features::embed {
namespace {

// What is written, before it is known who serves it.
struct Written {
  std::string model;
  std::optional<std::uint32_t> dims;
  std::string attribute;
  std::optional<Serving> serving;
  std::string revision;
  std::string document;
  std::string query;
  std::string modality;
  std::optional<chunking::ChunkRule> chunk;
  std::string local_member;  // one that only the gateway understands
};

class Reader {
 public:
  explicit Reader(std::string_view attribute) : where_(fmt::format("schema.{}.embed", attribute)) {}

  Result<Written> read(const json::Value& value) {
    std::string_view model;
    json::Object object;
    if (value.get(model) == simdjson::SUCCESS) {
      out_.model = model;
    } else if (value.get(object) == simdjson::SUCCESS) {
      for (const auto& [name, member] : object) {
        LAYER_TRY(take(name, member));
      }
    } else {
      return json::wrong_member(where_, "must be a model's name, an object or null");
    }
    if (out_.model.empty()) {
      return json::wrong_member(where_ + ".model", "is missing");
    }
    return std::move(out_);
  }

 private:
  std::unexpected<Error> wrong(std::string_view name, std::string_view problem) const {
    return json::wrong_member(fmt::format("{}.{}", where_, name), problem);
  }
  Result<void> take(std::string_view name, const json::Value& value) {
    if (value.is_null()) {
      return {};
    }
    if (name == "model") {
      return text(name, value, out_.model, kModelNameBytesMax);
    }
    if (name == "attribute") {
      return text(name, value, out_.attribute, core::limits::attribute_name_bytes_max);
    }
    if (name == "dims") {
      return dims(value);
    }
    if (name == "serving") {
      return serving(value);
    }
    out_.local_member = name;
    if (name == "revision") {
      return text(name, value, out_.revision, kModelNameBytesMax);
    }
    if (name == "instructions") {
      return instructions(value);
    }
    if (name == "modality") {
      return text(name, value, out_.modality, kModelNameBytesMax);
    }
    if (name == "chunk") {
      return chunk(value);
    }
    return wrong(name, "is not a member of embed");
  }
  Result<void> text(std::string_view name, const json::Value& value, std::string& out,
                    std::size_t max) const {
    std::string_view read;
    if (value.get(read) != simdjson::SUCCESS || read.size() > max) {
      return wrong(name, fmt::format("must be a string of at most {} bytes", max));
    }
    out = read;
    return {};
  }
  Result<void> dims(const json::Value& value) {
    std::uint64_t read = 0;
    if (value.get(read) != simdjson::SUCCESS || read == 0 || read > core::limits::vector_dims_max) {
      return wrong("dims",
                   fmt::format("must be an integer from 1 to {}", core::limits::vector_dims_max));
    }
    out_.dims = static_cast<std::uint32_t>(read);
    return {};
  }
  Result<void> serving(const json::Value& value) {
    std::string_view prefer;
    if (value["prefer"].get(prefer) != simdjson::SUCCESS) {
      return wrong("serving", R"(must be an object with prefer "native" or "local")");
    }
    if (prefer == "native") {
      out_.serving = Serving::kNative;
    } else if (prefer == "local" || prefer == "lattice") {
      out_.serving = Serving::kLocal;
    } else {
      return std::unexpected(Error{
          .code = ErrorCode::kUnsupportedByStore,
          .message =
              fmt::format(R"({}.serving.prefer: "{}" is not served, only "native" and "local")",
                          where_, prefer),
          .fields = {{.name = "feature", .value = "embed"}}});
    }
    return {};
  }
  Result<void> instructions(const json::Value& value) {
    json::Object object;
    if (value.get(object) != simdjson::SUCCESS) {
      return wrong("instructions", "must be an object of document and query");
    }
    for (const auto& [name, member] : object) {
      if (name != "document" && name != "query") {
        return wrong("instructions", "must be an object of document and query");
      }
      LAYER_TRY(text("instructions", member, name == "query" ? out_.query : out_.document,
                     kInstructionBytesMax));
    }
    return {};
  }
  Result<void> chunk(const json::Value& value) {
    LAYER_ASSIGN(out_.chunk, chunking::parse_chunk_rule(value, where_ + ".chunk"));
    return {};
  }

  const std::string where_;
  Written out_;
};

std::unexpected<Error> unavailable(std::string message, std::string_view reason) {
  return std::unexpected(Error{.code = ErrorCode::kFeatureUnavailable,
                               .message = std::move(message),
                               .fields = {{.name = "feature", .value = "embed"},
                                          {.name = "reason", .value = std::string(reason)}}});
}

Result<Profile> local_profile(std::string_view attribute, Written written, const Model& model) {
  const ModelSpec& spec = model.spec();
  if (!written.modality.empty() && written.modality != "text" && written.modality != "image") {
    return json::wrong_member(fmt::format("schema.{}.embed.modality", attribute),
                              R"(must be "text" or "image")");
  }
  if (written.modality == "image" || spec.modality == Modality::kImage) {
    return unavailable("images are not embedded by this version", "image");
  }
  const std::uint32_t dims = written.dims.value_or(spec.dims);
  if (dims > spec.dims) {
    return json::wrong_member(
        fmt::format("schema.{}.embed.dims", attribute),
        fmt::format("\"{}\" has {} dimensions at most", spec.name, spec.dims));
  }
  Profile profile{.attribute = std::string(attribute),
                  .model = spec.name,
                  .dims = dims,
                  .target = written.attribute.empty() ? std::string(kTargetPrefix).append(attribute)
                                                      : std::move(written.attribute),
                  .revision = std::move(written.revision),
                  .document_instruction = std::move(written.document),
                  .query_instruction = std::move(written.query),
                  .chunk = std::move(written.chunk)};
  if (profile.target == attribute || profile.target == "id") {
    return json::wrong_member(fmt::format("schema.{}.embed.attribute", attribute),
                              "must be a column of its own");
  }
  return profile;
}

}  // namespace

Result<Declaration> parse_declaration(std::string_view attribute, const json::Value& value,
                                      const Models& models, bool store_embeds) {
  LAYER_ASSIGN(Written written, Reader(attribute).read(value));
  const Model* const model = models.find(written.model);
  const bool native =
      written.serving ? *written.serving == Serving::kNative : model == nullptr && store_embeds;
  if (native) {
    if (!written.local_member.empty()) {
      return json::wrong_member(
          fmt::format("schema.{}.embed.{}", attribute, written.local_member),
          "is for models that the gateway serves, not for those of the store");
    }
    return Declaration{.serving = Serving::kNative};
  }
  if (model == nullptr) {
    return unavailable(
        fmt::format("this deployment serves no embedding model \"{}\"", written.model), "model");
  }
  LAYER_ASSIGN(Profile profile, local_profile(attribute, std::move(written), *model));
  return Declaration{.serving = Serving::kLocal, .profile = std::move(profile)};
}

}  // namespace layer::features::embed
