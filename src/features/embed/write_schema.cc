#include "features/embed/write_schema.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/text.h"
#include "json/wrong_member.h"
#include "wire/reserved_names.h"

namespace layer::features::embed {
namespace {

constexpr std::string_view kEmbed = "embed";

// Who serves is nothing that a store reads.
std::string without_serving(std::string text, std::string_view attribute) {
  const auto outer = find_member(text, attribute);
  const auto inner = outer ? find_member(outer->of(text), kEmbed) : std::nullopt;
  if (!inner) {
    return text;
  }
  const std::size_t begin = outer->begin + inner->begin;
  const std::string_view embed = std::string_view(text).substr(begin, inner->end - inner->begin);
  const auto cut =
      json::cut_members(embed, [](std::string_view name) { return name == "serving"; });
  return cut ? text.replace(begin, embed.size(), *cut) : text;
}

std::string without_embed(std::string text, std::string_view attribute) {
  auto cut =
      json::cut_members(text, [](std::string_view name) { return name == kEmbed; }, attribute);
  return cut ? std::move(*cut) : text;
}

// `schema` is the text of an object.
void add_member(std::string& schema, std::string_view name, std::string_view value) {
  const std::size_t end = schema.rfind('}');
  const std::size_t last = schema.find_last_not_of(" \t\r\n", end - 1);
  schema.insert(
      end, fmt::format("{}{}:{}", schema[last] == '{' ? "" : ",", core::json_string(name), value));
}

}  // namespace

Result<SchemaDeclarations> read_declarations(std::string_view schema, const Models& models,
                                             const Profiles& present, bool store_embeds) {
  SchemaDeclarations out{.schema = std::string(schema)};
  const auto document = json::Document::parse(std::string(schema));
  json::Object attributes;
  if (!document || document->root().get(attributes) != simdjson::SUCCESS) {
    return out;
  }
  for (const auto& [attribute, value] : attributes) {
    json::Value embed;
    if (!value.is_object() || value[kEmbed].get(embed) != simdjson::SUCCESS) {
      continue;
    }
    const bool ours = find_source(present, attribute) != nullptr;
    if (embed.is_null()) {
      if (ours) {
        out.removed.emplace_back(attribute);
        out.schema = without_embed(std::move(out.schema), attribute);
      }
      continue;
    }
    LAYER_ASSIGN(Declaration declared, parse_declaration(attribute, embed, models, store_embeds));
    if (declared.serving == Serving::kNative) {
      if (ours) {
        out.removed.emplace_back(attribute);
      }
      out.schema = without_serving(std::move(out.schema), attribute);
      continue;
    }
    out.local.push_back(std::move(declared.profile));
    out.schema = without_embed(std::move(out.schema), attribute);
  }
  return out;
}

Result<std::string> add_columns(std::string schema, const std::vector<const Profile*>& profiles) {
  for (const Profile* const profile : profiles) {
    const auto named = find_member(schema, profile->target);
    const std::string prefix = fmt::format("[{}]", profile->dims);
    if (named) {
      if (named->of(schema).find(prefix) == std::string_view::npos) {
        return json::wrong_member(
            fmt::format("schema.{}", profile->target),
            fmt::format("must be a vector of {} dimensions, as \"{}\" makes them", profile->dims,
                        profile->model));
      }
      continue;
    }
    add_member(schema, profile->target, fmt::format(R"({{"type":"{}f32","ann":true}})", prefix));
  }
  if (std::ranges::any_of(profiles, &Profile::is_chunked)) {
    add_member(schema, wire::kParentAttribute, R"({"type":"string"})");
    add_member(schema, wire::kChunkIndexAttribute, R"({"type":"int"})");
  }
  return schema;
}

json::Replacement place_schema(const WriteHead& head, std::string schema) {
  if (head.schema) {
    return {.begin = head.schema->begin, .end = head.schema->end, .text = std::move(schema)};
  }
  return {.begin = head.end,
          .end = head.end,
          .text = (head.members ? R"(,"schema":)" : R"("schema":)") + schema};
}

}  // namespace layer::features::embed
