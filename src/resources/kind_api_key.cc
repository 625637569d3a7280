// ApiKey: a key that is minted for whoever applies the object.
#include <array>

#include <fmt/format.h>

#include "resources/kind_schemas.h"
#include "resources/read_node.h"

namespace layer::resources {
namespace {

constexpr std::array<Field, 7> kFields{{
    {.path = "owner", .max = 256, .help = "who answers for it"},
    {.path = "description", .max = 1024, .help = "what it is for"},
    {.path = "entitlements",
     .type = FieldType::kObjectMap,
     .required = true,
     .min = 1,
     .max = 256,
     .help = "rights by target: layer, vectorstore.NAME or warehouse.NAME"},
    {.path = "entitlements{}.scopes",
     .type = FieldType::kTextList,
     .default_value = "[]",
     .choices = "read write admin",
     .max = 3,
     .help = "what it may do"},
    {.path = "entitlements{}.namespaces",
     .type = FieldType::kTextList,
     .default_value = "[]",
     .help = "globs of the namespaces it may touch; all when empty"},
    {.path = "entitlements{}.claims",
     .type = FieldType::kTextList,
     .default_value = "[]",
     .help = "handed on, never interpreted"},
    {.path = "expiresAfter",
     .type = FieldType::kDurationOrNever,
     .default_value = "365d",
     .min = 1'000,
     .help = "life of the key from its creation"},
}};

bool is_target(std::string_view text) {
  for (const std::string_view lead : {"vectorstore.", "warehouse."}) {
    if (text.starts_with(lead)) {
      return is_object_name(text.substr(lead.size()));
    }
  }
  return text == "layer";
}

void check(const Node& spec, std::string_view, Report& report) {
  const Node* entitlements = at_path(spec, "entitlements");
  if (entitlements == nullptr) {
    return;
  }
  for (const Member& grant : entitlements->members) {
    if (!is_target(grant.name)) {
      report.add(grant.at, fmt::format("spec.entitlements.{}", grant.name), "is not a target",
                 "targets are layer, vectorstore.NAME and warehouse.NAME");
    }
  }
}

AnySpec decode(const Node& spec, std::string_view) {
  ApiKeySpec key{.owner = text(spec, "owner"),
                 .description = text(spec, "description"),
                 .entitlements = {},
                 .expires_after = duration(spec, "expiresAfter")};
  for (const Member& grant : at_path(spec, "entitlements")->members) {
    key.entitlements.emplace(grant.name,
                             ApiKeySpec::Grant{.scopes = texts(grant.value, "scopes"),
                                               .namespaces = texts(grant.value, "namespaces"),
                                               .claims = texts(grant.value, "claims")});
  }
  return key;
}

}  // namespace

const KindSchema& api_key_schema() {
  static constexpr KindSchema kSchema{.kind = Kind::kApiKey,
                                      .help = "A key of the gateway with its rights.",
                                      .name_spelling = &kObjectName,
                                      .fields = kFields,
                                      .check = check,
                                      .decode = decode};
  return kSchema;
}

}  // namespace layer::resources
