#include "resources/store_config.h"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "resources/limits.h"
#include "resources/names.h"
#include "resources/parse_object.h"
#include "resources/read_text.h"
#include "resources/schema.h"
#include "resources/walk.h"

namespace layer::resources {
namespace {

// A store as it was written, before its secrets are looked up.
struct Written {
  std::string name;
  VectorStoreSpec spec;
  Origin origin;
};

Mistake fault(Origin origin, const std::string& store, std::string path, std::string message,
              std::string hint = {}) {
  return {.origin = std::move(origin),
          .object = store.empty() ? std::string() : "VectorStore/" + store,
          .path = std::move(path),
          .message = std::move(message),
          .hint = std::move(hint),
          .reason = "InvalidStores"};
}

class Configuration {
 public:
  Mistakes faults;
  std::vector<Written> stores;

  // Any of the three shapes: a map of name to spec, one VectorStore, or {items: [VectorStore...]}.
  void add_text(const std::string& text, TextFormat format, const std::string& called) {
    Documents documents = read_text(text, format, called);
    faults.insert(faults.end(), documents.mistakes.begin(), documents.mistakes.end());
    for (const Node& root : documents.roots) {
      const Node* members = root.find("items");
      const Node* kind = root.find("kind");
      if (members != nullptr && members->is(NodeType::kList)) {
        for (const Node& item : members->items) {
          add_resource(item, called);
        }
      } else if (kind != nullptr && kind->is(NodeType::kText)) {
        add_resource(root, called);
      } else if (root.is(NodeType::kMap)) {
        add_map(root, called);
      } else {
        faults.push_back(fault({called, root.at}, "", "",
                               fmt::format("found {}, expected a map", describe(root)),
                               "write name: spec, one VectorStore, or items: [...]"));
      }
    }
    if (stores.empty() && faults.empty()) {
      faults.push_back(fault({called, {}}, "", "", "names no store"));
    }
  }

  void add_catalog(const Catalog& catalog) {
    for (const auto& object : catalog.all<VectorStoreSpec>()) {
      if (object.in_force) {
        stores.push_back({object.metadata.name, *object.spec, object.origin});
      } else {
        faults.push_back(fault(object.origin, object.metadata.name, "", object.verdict.message));
      }
    }
  }

  void add_implicit(const StoreOptions& options) {
    VectorStoreSpec spec;
    spec.region = options.region;
    spec.is_default = true;
    spec.url = options.upstream.empty() ? fmt::format("https://{}.turbopuffer.com", options.region)
                                        : options.upstream;
    spec.kind = is_embedded_url(spec.url) ? "embedded" : "turbopuffer";
    if (!is_embedded_url(spec.url) && !is_http_url(spec.url)) {
      faults.push_back({.origin = {.file = options.upstream.empty() ? "--region" : "--upstream"},
                        .object = {},
                        .path = {},
                        .message = "does not make an http:// or https:// URL without a user name",
                        .hint = "give --upstream https://HOST",
                        .reason = "InvalidStores"});
    }
    stores.push_back({"default", std::move(spec), {}});
  }

  // Names, the default, credentials.
  void check() {
    std::map<std::string, const Written*> names;
    for (const Written& store : stores) {
      const auto [it, is_new] = names.emplace(store.name, &store);
      if (!is_new) {
        faults.push_back(
            fault(store.origin, store.name, "metadata.name",
                  fmt::format("the name is used at line {} as well", it->second->origin.at.line)));
      }
    }
    if (stores.size() == 1) {
      stores.front().spec.is_default = true;
    }
    const Written* first = nullptr;
    for (const Written& store : stores) {
      if (store.spec.is_default && first != nullptr) {
        faults.push_back(fault(store.origin, store.name, "spec.default",
                               fmt::format("VectorStore/{} is the default already", first->name)));
      }
      first = first == nullptr && store.spec.is_default ? &store : first;
      if (!store.spec.is_default && store.spec.kind == "turbopuffer" && !store.spec.credential) {
        faults.push_back(fault(store.origin, store.name, "spec.credential",
                               "is missing; only the default store can use its callers' keys",
                               "give credential.secretRef"));
      }
    }
    if (first == nullptr && !stores.empty()) {
      faults.push_back(fault({stores.front().origin.file, {}}, "", "",
                             "none of the stores is the default", "set default: true on one"));
    }
  }

 private:
  void add_resource(const Node& node, const std::string& called) {
    std::vector<ParsedObject> objects;
    parse_document(node, called, objects, faults);
    for (ParsedObject& object : objects) {
      if (object.kind != Kind::kVectorStore) {
        faults.push_back(fault(object.origin, "", "kind",
                               fmt::format("found {}/{}, expected a VectorStore",
                                           kind_name(object.kind), object.name)));
      } else {
        add(object);
      }
    }
  }

  void add_map(const Node& root, const std::string& called) {
    for (const Member& member : root.members) {
      const Origin origin{called, member.at};
      if (!is_object_name(member.name)) {
        faults.push_back(
            fault(origin, "", member.name,
                  fmt::format("expected {} as the name of a store", kObjectName.words)));
      } else if (!member.value.is(NodeType::kMap)) {
        faults.push_back(
            fault(origin, member.name, "", "expected a map with kind, endpoint and so on"));
      } else {
        add(parse_spec(Kind::kVectorStore, member.name, member.value, called, faults));
      }
    }
  }

  // What is not accepted has its mistakes listed already.
  void add(const ParsedObject& object) {
    if (object.spec != nullptr) {
      stores.push_back({object.name, std::get<VectorStoreSpec>(*object.spec), object.origin});
    }
  }
};

// The value in force before, as long as the spec still names the same secret.
const StoreSpec* same_credential(const std::vector<StoreSpec>& previous, const Written& store) {
  const auto it = std::ranges::find(previous, store.name, &StoreSpec::name);
  return it != previous.end() && it->credential_ref == store.spec.credential ? &*it : nullptr;
}

StoreSpec resolve(const Written& store, const SecretSource& secrets,
                  const std::vector<StoreSpec>& previous) {
  const VectorStoreSpec& spec = store.spec;
  const StoreSpec* before = same_credential(previous, store);
  StoreSpec resolved{
      .name = store.name,
      .kind = spec.kind == "embedded" ? StoreKind::kEmbedded : StoreKind::kTurbopuffer,
      .url = spec.url,
      .region = spec.region,
      .is_default = spec.is_default,
      .has_credential = spec.credential.has_value(),
      .credential = {},
      .credential_fault = {},
      .credential_ref = spec.credential,
      .inbound_auth = {.mode = spec.inbound_auth.mode, .keys = {}},
      .org_id = spec.org_id,
      .rate_card = spec.rate_card};
  if (spec.credential) {
    auto value = secrets.resolve(*spec.credential);
    resolved.credential_fault = value ? std::string() : value.error().message;
    resolved.credential = value               ? std::move(*value)
                          : before == nullptr ? core::Secret()
                                              : before->credential;
  }
  for (const InboundKey& key : spec.inbound_auth.keys) {
    ResolvedKey known{.name = key.name, .scopes = key.scopes, .ref = key.secret_ref, .value = {}};
    if (auto value = secrets.resolve(key.secret_ref); value) {
      known.value = std::move(*value);
    } else if (const auto it = std::ranges::find(previous, store.name, &StoreSpec::name);
               it != previous.end()) {
      const auto& keys = it->inbound_auth.keys;
      const auto old = std::ranges::find(keys, key.secret_ref, &ResolvedKey::ref);
      known.value = old == keys.end() ? core::Secret() : old->value;
    }
    resolved.inbound_auth.keys.push_back(std::move(known));
  }
  return resolved;
}

void read_options(const StoreOptions& options, const Catalog& catalog, Configuration& out) {
  if (!options.store_file.empty()) {
    const auto text = read_bounded(options.store_file, limits::file_bytes_max);
    if (text) {
      out.add_text(*text, format_of(options.store_file), options.store_file);
    } else {
      out.faults.push_back(fault({options.store_file, {}}, "", "",
                                 fmt::format("cannot be read: {}", text.error().message)));
    }
  } else if (!options.store_json.empty()) {
    // YAML reads nearly all JSON, but not as JSON means it in every corner.
    const bool json = read_text(options.store_json, TextFormat::kJson, "").mistakes.empty();
    out.add_text(options.store_json, json ? TextFormat::kJson : TextFormat::kYaml, "--store-json");
  } else if (!catalog.all<VectorStoreSpec>().empty()) {
    out.add_catalog(catalog);
  } else {
    out.add_implicit(options);
  }
}

}  // namespace

std::string_view name(StoreKind kind) {
  return kind == StoreKind::kEmbedded ? "embedded" : "turbopuffer";
}

std::expected<std::vector<StoreSpec>, Mistakes> configure_stores(
    const StoreOptions& options, const Catalog& catalog, const SecretSource& secrets,
    const std::vector<StoreSpec>& previous) {
  Configuration configuration;
  read_options(options, catalog, configuration);
  configuration.check();
  if (!configuration.faults.empty()) {
    return std::unexpected(std::move(configuration.faults));
  }
  std::vector<StoreSpec> stores;
  for (const Written& store : configuration.stores) {
    stores.push_back(resolve(store, secrets, previous));
    if (store.origin == Origin{} && !options.upstream_key.empty()) {
      stores.back().has_credential = true;
      stores.back().credential = core::Secret(options.upstream_key);
    }
  }
  std::ranges::sort(stores, [](const StoreSpec& a, const StoreSpec& b) {
    return std::pair(!a.is_default, std::string_view(a.name)) <
           std::pair(!b.is_default, std::string_view(b.name));
  });
  return stores;
}

}  // namespace layer::resources
