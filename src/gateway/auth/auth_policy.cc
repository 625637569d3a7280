#include "gateway/auth/auth_policy.h"

#include <array>
#include <set>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "gateway/auth/bearer.h"

namespace layer::gateway {
namespace {

constexpr std::string_view kCredentialName = "deriveFromStore";
constexpr std::array<std::pair<std::string_view, AuthSetting>, 4> kSettings{{
    {"deriveFromStore", AuthSetting::kDeriveFromStore},
    {"open", AuthSetting::kOpen},
    {"passthrough", AuthSetting::kPassthrough},
    {"keys", AuthSetting::kKeys},
}};

AuthMode mode_of(AuthSetting setting, const StoreAuth& store) {
  if (setting == AuthSetting::kKeys ||
      (setting == AuthSetting::kDeriveFromStore && store.has_credential)) {
    return AuthMode::kKeys;
  }
  return setting == AuthSetting::kOpen || !store.checks_keys ? AuthMode::kOpen
                                                             : AuthMode::kPassthrough;
}

// The stored credential opens the store unless its keys are said to be the only ones.
bool accepts_credential(AuthSetting setting, AuthMode mode, const StoreAuth& store) {
  return !store.credential.empty() &&
         (mode == AuthMode::kPassthrough ||
          (mode == AuthMode::kKeys && setting == AuthSetting::kDeriveFromStore));
}

Grants grants_on(const StoreAuth& store, Scopes scopes) {
  Grants grants;
  grants.stores.emplace(store.store, StoreRight{.scopes = scopes});
  if (store.is_default) {
    grants.layer = scopes;
  }
  return grants;
}

KeyEntry entry_of(const core::Secret& key, std::string name, CallerKind kind, Grants grants) {
  return {.digest = sha256(key.reveal()),
          .identity = std::make_shared<const Identity>(
              Identity{.name = std::move(name), .kind = kind, .grants = std::move(grants)})};
}

void add_keys(const StoreAuth& store, std::vector<KeyEntry>& entries, std::vector<Error>& faults) {
  std::set<std::string_view> names;
  std::unordered_set<Digest, DigestHash, DigestEqual> secrets;
  const auto fault = [&](const StoreKey& key, std::string_view what) {
    faults.push_back({.code = ErrorCode::kInvalidArgument,
                      .message = fmt::format("store '{}': inboundAuth key '{}' {}", store.store,
                                             key.name, what)});
  };
  for (const StoreKey& key : store.keys) {
    if (key.name.empty() || !names.insert(key.name).second) {
      fault(key, "needs a name of its own");
    }
    if (key.scopes.empty()) {
      fault(key, "has no scope; give some of read, write, admin");
    }
    if (key.key.empty()) {
      continue;
    }
    if (!is_bearer_text(key.key.reveal())) {
      fault(key, "cannot be sent as a bearer: it must be visible ASCII without spaces");
      continue;
    }
    entries.push_back(
        entry_of(key.key, key.name, CallerKind::kStaticKey, grants_on(store, key.scopes)));
    if (!secrets.insert(entries.back().digest).second) {
      fault(key, "has the secret of another key");
    }
  }
}

}  // namespace

std::string_view name(AuthMode mode) {
  switch (mode) {
    case AuthMode::kOpen:
      return "open";
    case AuthMode::kPassthrough:
      return "passthrough";
    case AuthMode::kKeys:
      return "keys";
  }
  return {};
}

Result<AuthSetting> parse_auth_setting(std::string_view text) {
  for (const auto& [name, setting] : kSettings) {
    if (name == text) {
      return setting;
    }
  }
  return fail(ErrorCode::kInvalidArgument,
              fmt::format("'{}' is none of deriveFromStore, open, passthrough, keys", text));
}

std::expected<std::shared_ptr<const AuthPolicy>, std::vector<Error>> AuthPolicy::make(
    AuthSetting deployment, const std::vector<StoreAuth>& stores) {
  auto policy = std::make_shared<AuthPolicy>();
  std::vector<Error> faults;
  Identity open{.name = "open", .kind = CallerKind::kOpen};
  Identity passthrough{.name = "passthrough", .kind = CallerKind::kPassthrough};
  constexpr Scopes kAll{Scope::kAdmin};
  for (const StoreAuth& store : stores) {
    const AuthSetting setting = store.setting.value_or(deployment);
    const AuthMode mode = mode_of(setting, store);
    std::vector<KeyEntry> entries;
    if (accepts_credential(setting, mode, store)) {
      entries.push_back(entry_of(store.credential, std::string(kCredentialName),
                                 CallerKind::kStoreCredential, grants_on(store, kAll)));
    }
    add_keys(store, entries, faults);
    if (mode == AuthMode::kOpen) {
      open.grants.stores.emplace(store.store, StoreRight{.scopes = kAll});
      if (store.is_default) {
        open.grants.layer = kAll;
      }
    } else if (mode == AuthMode::kPassthrough) {
      passthrough.grants.stores.emplace(store.store, StoreRight{.scopes = kAll});
    }
    policy->rules_.emplace(store.store, Rule{.mode = mode, .keys = KeyRing(std::move(entries))});
  }
  policy->open_ = std::make_shared<const Identity>(std::move(open));
  policy->passthrough_ = std::make_shared<const Identity>(std::move(passthrough));
  if (!faults.empty()) {
    return std::unexpected(std::move(faults));
  }
  return policy;
}

const AuthPolicy::Rule* AuthPolicy::find(std::string_view store) const {
  const auto found = rules_.find(store);
  return found == rules_.end() ? nullptr : &found->second;
}

std::vector<std::string> AuthPolicy::open_stores() const {
  std::vector<std::string> names;
  for (const auto& [name, rule] : rules_) {
    if (rule.mode == AuthMode::kOpen) {
      names.push_back(name);
    }
  }
  return names;
}

}  // namespace layer::gateway
