#include "features/embed/models_file.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/limits.h"
#include "http/origin.h"
#include "json/document.h"

namespace layer::features::embed {
namespace {

using Mistakes = std::vector<Error>;

// One entry of the list; what is wrong with it goes to `mistakes`.
class Reader {
 public:
  Reader(std::size_t index, Mistakes& mistakes) : index_(index), mistakes_(mistakes) {}

  ModelSpec read(const json::Object& object) {
    for (const auto& [name, value] : object) {
      member(name, value);
    }
    check();
    return std::move(spec_);
  }

 private:
  void wrong(std::string_view where, std::string_view problem) {
    mistakes_.push_back({.code = ErrorCode::kInvalidArgument,
                         .message = fmt::format("[{}].{}: {}", index_, where, problem)});
  }

  void member(std::string_view name, const json::Value& value) {
    if (name == "name") {
      text(name, value, spec_.name, kModelNameBytesMax);
    } else if (name == "kind") {
      kind(value);
    } else if (name == "path") {
      text(name, value, spec_.path, 4096);
    } else if (name == "url") {
      url(value);
    } else if (name == "model") {
      text(name, value, spec_.remote_name, kModelNameBytesMax);
    } else if (name == "dims") {
      number(name, value, spec_.dims, core::limits::vector_dims_max);
    } else if (name == "max_tokens") {
      number(name, value, spec_.tokens_max, kModelTokensMax);
    } else if (name == "normalize") {
      if (value.get(spec_.normalize) != simdjson::SUCCESS) {
        wrong(name, "must be true or false");
      }
    } else if (name == "batch") {
      number(name, value, spec_.batch, kBatchMax);
    } else if (name == "concurrency") {
      number(name, value, spec_.concurrency, kConcurrencyMax);
    } else if (name == "timeout_ms") {
      auto ms = static_cast<std::uint32_t>(spec_.time_max.count());
      number(name, value, ms, static_cast<std::uint64_t>(kModelTimeMax.count()));
      spec_.time_max = std::chrono::milliseconds(ms);
    } else if (name == "api_key_secret") {
      secret(value);
    } else if (name == "query_prefix") {
      text(name, value, spec_.query_prefix, kPrefixBytesMax);
    } else if (name == "document_prefix") {
      text(name, value, spec_.document_prefix, kPrefixBytesMax);
    } else if (name == "modality") {
      modality(value);
    } else {
      wrong(name, "is not a member of a model");
    }
  }

  void text(std::string_view name, const json::Value& value, std::string& out, std::size_t max) {
    std::string_view read;
    if (value.get(read) != simdjson::SUCCESS || read.size() > max) {
      wrong(name, fmt::format("must be a string of at most {} bytes", max));
      return;
    }
    out = read;
  }
  void number(std::string_view name, const json::Value& value, std::uint32_t& out,
              std::uint64_t max) {
    std::uint64_t read = 0;
    if (value.get(read) != simdjson::SUCCESS || read == 0 || read > max) {
      failed_number_ = true;
      wrong(name, fmt::format("must be an integer from 1 to {}", max));
      return;
    }
    out = static_cast<std::uint32_t>(read);
  }
  void kind(const json::Value& value) {
    std::string_view read;
    if (value.get(read) != simdjson::SUCCESS || (read != "static" && read != "http")) {
      wrong("kind", R"(must be "static" or "http")");
      return;
    }
    kind_known_ = true;
    spec_.kind = read == "static" ? ModelSpec::Kind::kStatic : ModelSpec::Kind::kHttp;
  }
  void modality(const json::Value& value) {
    std::string_view read;
    if (value.get(read) != simdjson::SUCCESS || (read != "text" && read != "image")) {
      wrong("modality", R"(must be "text" or "image")");
      return;
    }
    spec_.modality = read == "text" ? Modality::kText : Modality::kImage;
  }
  void url(const json::Value& value) {
    text("url", value, spec_.url, 4096);
    if (!spec_.url.empty()) {
      if (const auto parsed = http::parse_base_url(spec_.url); !parsed) {
        wrong("url", parsed.error().message);
      }
    }
  }
  void secret(const json::Value& value) {
    json::Object object;
    ModelSpec::SecretName name;
    std::string_view read;
    if (value.get(object) != simdjson::SUCCESS) {
      wrong("api_key_secret", "must be an object of name and key");
      return;
    }
    for (const auto& [member, inner] : object) {
      if ((member != "name" && member != "key") || inner.get(read) != simdjson::SUCCESS) {
        wrong("api_key_secret", "must be an object of the strings name and key");
        return;
      }
      (member == "name" ? name.name : name.key) = read;
    }
    if (name.name.empty() || name.key.empty()) {
      wrong("api_key_secret", "must have a name and a key");
      return;
    }
    spec_.api_key = std::move(name);
  }

  void check() {
    if (spec_.name.empty()) {
      wrong("name", "is missing");
    }
    if (!kind_known_) {
      wrong("kind", R"(must be "static" or "http")");
      return;
    }
    if (spec_.dims == 0 && !failed_number_) {
      wrong("dims", "is missing");
    }
    if (spec_.tokens_max == 0 && !failed_number_) {
      wrong("max_tokens", "is missing");
    }
    const bool is_static = spec_.kind == ModelSpec::Kind::kStatic;
    need(is_static, "path", spec_.path);
    need(!is_static, "url", spec_.url);
    if (is_static && spec_.modality == Modality::kImage) {
      wrong("modality", "a static model reads text alone");
    }
    if (is_static && (spec_.api_key || !spec_.remote_name.empty())) {
      wrong("kind", "a static model has neither api_key_secret nor model");
    }
    if (!is_static && spec_.remote_name.empty()) {
      spec_.remote_name = spec_.name;
    }
  }
  void need(bool needed, std::string_view name, const std::string& value) {
    if (needed && value.empty()) {
      wrong(name, "is missing");
    } else if (!needed && !value.empty()) {
      wrong(name, fmt::format("is not for a {} model", embed::name(spec_.kind)));
    }
  }

  std::size_t index_;
  Mistakes& mistakes_;
  ModelSpec spec_;
  bool kind_known_ = false;
  bool failed_number_ = false;
};

std::unexpected<Mistakes> refuse(std::string message) {
  return std::unexpected(
      Mistakes{{.code = ErrorCode::kInvalidArgument, .message = std::move(message)}});
}

}  // namespace

std::expected<std::vector<ModelSpec>, Mistakes> parse_models(std::string text) {
  const auto document = json::Document::parse(std::move(text));
  if (!document) {
    return refuse(document.error().message);
  }
  json::Array list;
  if (document->root().get(list) != simdjson::SUCCESS || list.size() > kModelsMax) {
    return refuse(fmt::format("the models file must hold a list of at most {} models", kModelsMax));
  }
  Mistakes mistakes;
  std::vector<ModelSpec> models;
  for (const json::Value item : list) {
    json::Object object;
    if (item.get(object) != simdjson::SUCCESS) {
      mistakes.push_back({.code = ErrorCode::kInvalidArgument,
                          .message = fmt::format("[{}]: must be an object", models.size())});
      models.emplace_back();
      continue;
    }
    ModelSpec spec = Reader(models.size(), mistakes).read(object);
    const auto same = [&](const ModelSpec& other) { return other.name == spec.name; };
    if (!spec.name.empty() && std::ranges::any_of(models, same)) {
      mistakes.push_back({.code = ErrorCode::kInvalidArgument,
                          .message = fmt::format("[{}].name: \"{}\" is taken by a model above",
                                                 models.size(), spec.name)});
    }
    models.push_back(std::move(spec));
  }
  if (!mistakes.empty()) {
    return std::unexpected(std::move(mistakes));
  }
  return models;
}

}  // namespace layer::features::embed
