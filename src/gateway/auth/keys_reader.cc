#include "gateway/auth/keys_reader.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/limits.h"
#include "gateway/auth/bearer.h"

namespace layer::gateway {
namespace {

using resources::Node;
using resources::NodeType;

constexpr std::string_view kStorePrefix = "vectorstore.";
constexpr std::string_view kWarehousePrefix = "warehouse.";

bool is_reserved(std::string_view name) {
  return name == "open" || name == "passthrough" || name == "deriveFromStore";
}

bool is_glob_text(std::string_view text) {
  return !text.empty() && text.size() <= core::limits::namespace_name_bytes_max &&
         std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_' || c == '.' || c == '*';
         });
}

// A key written without quotes may look like a number; what counts is how it was written.
bool is_scalar(const Node& node) {
  return node.is(NodeType::kText) || node.is(NodeType::kInteger) || node.is(NodeType::kNumber);
}

}  // namespace

void KeysReader::fault(resources::Position at, std::string_view message) {
  faults_.push_back(
      {.code = ErrorCode::kInvalidArgument,
       .message = at.line == 0 ? fmt::format("{}: {}", file_, message)
                               : fmt::format("{}:{}:{}: {}", file_, at.line, at.column, message)});
}

KeysFileResult KeysReader::take() && {
  if (!faults_.empty()) {
    return std::unexpected(std::move(faults_));
  }
  return std::move(out_);
}

void KeysReader::read(const std::vector<Node>& documents) {
  if (documents.size() > 1) {
    fault(documents[1].at, "a keys file holds one list; here a second document begins");
  }
  for (const Node& root : documents) {
    if (!root.is(NodeType::kList)) {
      fault(root.at, "a keys file is a list of keys, each with name, scopes and key or secretRef");
      continue;
    }
    for (const Node& item : root.items) {
      key(item);
    }
  }
}

void KeysReader::key(const Node& node) {
  if (!members(node, "a key", {"name", "scopes", "entitlements", "key", "secretRef"})) {
    return;
  }
  std::string name = key_name(node);
  Grants rights = grants(node, name);
  const std::optional<core::Secret> value = secret(node, name);
  if (!value) {
    return;
  }
  const Digest digest = sha256(value->reveal());
  if (const auto [other, fresh] = secrets_.try_emplace(digest, name); !fresh) {
    fault(node.at, fmt::format("key '{}' has the secret of key '{}'", name, other->second));
  }
  if (value->reveal().size() < kKeyBytesRecommended) {
    out_.warnings.push_back(
        fmt::format("{}:{}:{}: key '{}' is shorter than {} bytes and may be guessed", file_,
                    node.at.line, node.at.column, name, kKeyBytesRecommended));
  }
  out_.keys.push_back(
      {.digest = digest,
       .identity = std::make_shared<const Identity>(Identity{
           .name = std::move(name), .kind = CallerKind::kStaticKey, .grants = std::move(rights)})});
}

std::string KeysReader::key_name(const Node& node) {
  const Node* const name = node.find("name");
  if (name == nullptr || !is_scalar(*name) || name->text.empty()) {
    fault(name == nullptr ? node.at : name->at, "a key needs a name");
    return {};
  }
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (name->text.size() > kKeyNameBytesMax || std::ranges::any_of(name->text, is_control)) {
    fault(name->at, fmt::format("a key's name is at most {} bytes without control characters",
                                kKeyNameBytesMax));
    return {};
  }
  if (is_reserved(name->text)) {
    fault(name->at, fmt::format("'{}' is the name of a caller without a key of this file; "
                                "choose another",
                                name->text));
  } else if (!names_.insert(name->text).second) {
    fault(name->at, fmt::format("another key is named '{}'", name->text));
  }
  return name->text;
}

Grants KeysReader::grants(const Node& node, const std::string& name) {
  const Node* const own = node.find("scopes");
  const Node* const entitlements = node.find("entitlements");
  const std::optional<Scopes> given = own == nullptr ? std::nullopt : scopes(*own);
  if (entitlements == nullptr) {
    if (own == nullptr) {
      fault(node.at, fmt::format("key '{}' has neither scopes nor entitlements", name));
    }
    return Grants::of_everything(given.value_or(Scopes()));
  }
  Grants out;
  if (!entitlements->is(NodeType::kMap) || entitlements->members.empty()) {
    fault(entitlements->at,
          "entitlements map targets (layer, vectorstore.<name>, "
          "warehouse.<name>) to rights");
    return out;
  }
  for (const resources::Member& target : entitlements->members) {
    entitlement(target, given, out);
  }
  return out;
}

void KeysReader::entitlement(const resources::Member& target, std::optional<Scopes> ceiling,
                             Grants& grants) {
  const std::string_view name = target.name;
  if (name == "layer") {
    if (members(target.value, "the entitlement layer", {"scopes"})) {
      grants.layer = entitled_scopes(target.value, ceiling).value_or(Scopes());
    }
  } else if (name.starts_with(kStorePrefix) && name.size() > kStorePrefix.size()) {
    store_right(target, name.substr(kStorePrefix.size()), ceiling, grants);
  } else if (name.starts_with(kWarehousePrefix) && name.size() > kWarehousePrefix.size()) {
    if (members(target.value, "an entitlement of a warehouse", {"claims"})) {
      const Node* const claims = target.value.find("claims");
      grants.claims.emplace(name.substr(kWarehousePrefix.size()), claims == nullptr
                                                                      ? std::vector<std::string>()
                                                                      : texts(*claims, "claims"));
    }
  } else {
    fault(target.at, fmt::format("unknown target '{}': expected layer, vectorstore.<name> or "
                                 "warehouse.<name>",
                                 name));
  }
}

void KeysReader::store_right(const resources::Member& target, std::string_view store,
                             std::optional<Scopes> ceiling, Grants& grants) {
  if (!members(target.value, "an entitlement of a vectorstore", {"scopes", "namespaces"})) {
    return;
  }
  StoreRight right{.scopes = entitled_scopes(target.value, ceiling).value_or(Scopes())};
  if (const Node* const patterns = target.value.find("namespaces")) {
    right.namespaces = globs(*patterns);
  }
  grants.stores.emplace(store, std::move(right));
}

std::optional<Scopes> KeysReader::entitled_scopes(const Node& node, std::optional<Scopes> ceiling) {
  const Node* const own = node.find("scopes");
  if (own == nullptr) {
    if (!ceiling) {
      fault(node.at, "neither this entitlement nor its key has scopes");
    }
    return ceiling;
  }
  const auto given = scopes(*own);
  if (given && ceiling && !ceiling->cover(*given)) {
    fault(own->at, "an entitlement cannot exceed the scopes of its key");
  }
  return given;
}

std::optional<Scopes> KeysReader::scopes(const Node& node) {
  Scopes out;
  bool good = true;
  for (const std::string& text : texts(node, "scopes")) {
    const auto scope = parse_scope(text);
    if (scope) {
      out.add(*scope);
    } else {
      good = false;
      fault(node.at, fmt::format("unknown scope '{}': expected read, write or admin", text));
    }
  }
  return good && !out.empty() ? std::optional(out) : std::nullopt;
}

std::vector<Glob> KeysReader::globs(const Node& node) {
  std::vector<Glob> out;
  for (const std::string& text : texts(node, "namespaces")) {
    if (!is_glob_text(text)) {
      fault(node.at,
            fmt::format("'{}' is no namespace pattern: up to {} of A-Z a-z 0-9 - _ . and *, which "
                        "stands for any characters",
                        text, core::limits::namespace_name_bytes_max));
    }
    out.emplace_back(text);
  }
  return out;
}

std::vector<std::string> KeysReader::texts(const Node& node, std::string_view what) {
  std::vector<std::string> out;
  if (!node.is(NodeType::kList) || node.items.empty()) {
    fault(node.at, fmt::format("{} is a list with at least one entry", what));
    return out;
  }
  for (const Node& item : node.items) {
    if (is_scalar(item)) {
      out.push_back(item.text);
    } else {
      fault(item.at, fmt::format("an entry of {} is a text", what));
    }
  }
  return out;
}

std::optional<core::Secret> KeysReader::secret(const Node& node, const std::string& name) {
  const Node* const key = node.find("key");
  const Node* const ref = node.find("secretRef");
  if ((key == nullptr) == (ref == nullptr)) {
    fault(node.at, fmt::format("key '{}' needs either key or secretRef", name));
    return std::nullopt;
  }
  // A key is never repeated in a message.
  if (key != nullptr && !is_scalar(*key)) {
    fault(key->at, fmt::format("the key of '{}' is not a text", name));
    return std::nullopt;
  }
  std::optional<core::Secret> value = key != nullptr ? core::Secret(key->text) : referred(*ref);
  if (value && (!is_bearer_text(value->reveal()) || value->reveal().size() > kKeyBytesMax)) {
    fault(key != nullptr ? key->at : ref->at,
          fmt::format("the key of '{}' cannot be sent as a bearer: it must be 1 to {} visible "
                      "ASCII characters without spaces",
                      name, kKeyBytesMax));
    return std::nullopt;
  }
  return value;
}

std::optional<core::Secret> KeysReader::referred(const Node& node) {
  if (!members(node, "secretRef", {"name", "key"})) {
    return std::nullopt;
  }
  const Node* const name = node.find("name");
  const Node* const key = node.find("key");
  if (name == nullptr || key == nullptr || !is_scalar(*name) || !is_scalar(*key)) {
    fault(node.at, "secretRef needs name and key");
    return std::nullopt;
  }
  auto value = resolve_(name->text, key->text);
  if (!value) {
    fault(node.at,
          fmt::format("secret '{}', key '{}': {}", name->text, key->text, value.error().message));
    return std::nullopt;
  }
  return core::Secret(std::move(*value));
}

bool KeysReader::members(const Node& node, std::string_view what,
                         std::initializer_list<std::string_view> allowed) {
  if (!node.is(NodeType::kMap)) {
    fault(node.at, fmt::format("{} is a mapping with {}", what, fmt::join(allowed, ", ")));
    return false;
  }
  for (const resources::Member& member : node.members) {
    if (std::ranges::find(allowed, member.name) == allowed.end()) {
      fault(member.at, fmt::format("unknown member '{}': {} has {}", member.name, what,
                                   fmt::join(allowed, ", ")));
    }
  }
  return true;
}

}  // namespace layer::gateway
