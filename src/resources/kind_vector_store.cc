// VectorStore: where rows live and who may call.
#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "resources/kind_schemas.h"
#include "resources/read_node.h"

namespace layer::resources {
namespace {

constexpr std::array<Field, 20> kFields{{
    {.path = "kind", .required = true, .max = 64, .help = "turbopuffer or embedded, in any case"},
    {.path = "endpoint", .type = FieldType::kObject, .required = true, .help = "where it is"},
    {.path = "endpoint.url",
     .required = true,
     .max = 2048,
     .help = "turbopuffer: http(s) URL; embedded: file:///dir, s3://bucket/prefix or memory:"},
    {.path = "endpoint.region", .max = 64, .help = "region of a turbopuffer store"},
    {.path = "default",
     .type = FieldType::kBool,
     .default_value = "false",
     .help = "serves the namespaces no Index sends elsewhere; exactly one store of the set"},
    {.path = "credential",
     .type = FieldType::kObject,
     .help = "stored credential, used for callers and for work in the background"},
    {.path = "credential.secretRef",
     .type = FieldType::kObject,
     .required = true,
     .help = "where its value is"},
    {.path = "credential.secretRef.name",
     .required = true,
     .spelling = &kObjectName,
     .help = "secret"},
    {.path = "credential.secretRef.key",
     .required = true,
     .spelling = &kSecretKey,
     .help = "key in the secret"},
    {.path = "inboundAuth",
     .type = FieldType::kObject,
     .default_value = "{}",
     .help = "how callers prove who they are"},
    {.path = "inboundAuth.mode",
     .default_value = "deriveFromStore",
     .choices = "deriveFromStore keys open",
     .help =
         "deriveFromStore: keys with a stored credential, else the caller's key is the store's"},
    {.path = "inboundAuth.keys",
     .type = FieldType::kObjectList,
     .default_value = "[]",
     .max = 1000,
     .help = "static keys"},
    {.path = "inboundAuth.keys[].name",
     .required = true,
     .max = 128,
     .help = "shown in logs and usage"},
    {.path = "inboundAuth.keys[].scopes",
     .type = FieldType::kTextList,
     .required = true,
     .choices = "read write admin",
     .min = 1,
     .max = 3,
     .help = "what it may do"},
    {.path = "inboundAuth.keys[].secretRef",
     .type = FieldType::kObject,
     .required = true,
     .help = "where its value is"},
    {.path = "inboundAuth.keys[].secretRef.name",
     .required = true,
     .spelling = &kObjectName,
     .help = "secret"},
    {.path = "inboundAuth.keys[].secretRef.key",
     .required = true,
     .spelling = &kSecretKey,
     .help = "key in the secret"},
    {.path = "turbopuffer", .type = FieldType::kObject, .help = "for links to its dashboard"},
    {.path = "turbopuffer.orgId", .max = 128, .help = "organisation"},
    {.path = "rateCard", .max = 128, .help = "name of a card in the rate card file"},
}};

void lower_kind(Node& spec) {
  if (Node* kind = spec.find("kind"); kind != nullptr && kind->is(NodeType::kText)) {
    for (char& c : kind->text) {
      c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
  }
}

void check(const Node& spec, std::string_view, Report& report) {
  const std::string kind = text(spec, "kind");
  const std::string url = text(spec, "endpoint.url");
  const bool remote = kind == "turbopuffer";
  if (!kind.empty() && !remote && kind != "embedded") {
    report.add_at(spec, "kind", fmt::format("stores of kind '{}' are not supported", kind),
                  suggest(kind, {"turbopuffer", "embedded"}), "KindNotSupported");
  } else if (!url.empty() && !(remote ? is_http_url(url) : is_embedded_url(url))) {
    // The text is not repeated: a URL may hold a user's password.
    report.add_at(spec, "endpoint.url",
                  remote ? "expected an http:// or https:// URL without a user name in it"
                         : "expected file:///dir, s3://bucket/prefix or memory:",
                  remote && is_embedded_url(url) ? "this is a URL of kind embedded"
                  : !remote && is_http_url(url)  ? "this is a URL of kind turbopuffer"
                                                 : "");
  }
  std::set<std::string> names;
  const auto& keys = items(spec, "inboundAuth.keys");
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const std::string name = text(keys[i], "name");
    if (!name.empty() && !names.insert(name).second) {
      report.add_at(spec, fmt::format("inboundAuth.keys[{}].name", i),
                    fmt::format("the name '{}' is used twice", name));
    }
  }
}

AnySpec decode(const Node& spec, std::string_view) {
  VectorStoreSpec store{.kind = text(spec, "kind"),
                        .url = text(spec, "endpoint.url"),
                        .region = text(spec, "endpoint.region"),
                        .is_default = flag(spec, "default"),
                        .credential = {},
                        .inbound_auth = {},
                        .org_id = text(spec, "turbopuffer.orgId"),
                        .rate_card = text(spec, "rateCard")};
  if (has(spec, "credential")) {
    store.credential = secret_ref(spec, "credential.secretRef");
  }
  const std::string mode = text(spec, "inboundAuth.mode");
  store.inbound_auth.mode = mode == "keys"   ? InboundMode::kKeys
                            : mode == "open" ? InboundMode::kOpen
                                             : InboundMode::kDeriveFromStore;
  for (const Node& key : items(spec, "inboundAuth.keys")) {
    store.inbound_auth.keys.push_back({.name = text(key, "name"),
                                       .scopes = texts(key, "scopes"),
                                       .secret_ref = secret_ref(key, "secretRef")});
  }
  return store;
}

}  // namespace

const KindSchema& vector_store_schema() {
  static constexpr KindSchema kSchema{.kind = Kind::kVectorStore,
                                      .help = "A store that rows live in.",
                                      .name_spelling = &kObjectName,
                                      .fields = kFields,
                                      .normalise = lower_kind,
                                      .check = check,
                                      .decode = decode};
  return kSchema;
}

}  // namespace layer::resources
