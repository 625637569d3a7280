#include "gateway/auth/from_resources.h"

namespace layer::gateway {
namespace {

std::optional<AuthSetting> setting_of(resources::InboundMode mode) {
  switch (mode) {
    case resources::InboundMode::kDeriveFromStore:
      return std::nullopt;
    case resources::InboundMode::kKeys:
      return AuthSetting::kKeys;
    case resources::InboundMode::kOpen:
      return AuthSetting::kOpen;
  }
  return AuthSetting::kKeys;
}

Scopes scopes_of(const std::vector<std::string>& names) {
  Scopes scopes;
  for (const std::string& name : names) {
    if (const auto scope = parse_scope(name)) {
      scopes.add(*scope);
    }
  }
  return scopes;
}

}  // namespace

StoreAuth store_auth_of(const resources::StoreSpec& store) {
  StoreAuth out{.store = store.name,
                .is_default = store.is_default,
                .checks_keys = store.kind != resources::StoreKind::kEmbedded,
                .setting = setting_of(store.inbound_auth.mode),
                .has_credential = store.has_credential,
                .credential = core::Secret(store.credential.reveal())};
  for (const resources::ResolvedKey& key : store.inbound_auth.keys) {
    out.keys.push_back({.name = key.name,
                        .scopes = scopes_of(key.scopes),
                        .key = core::Secret(key.value.reveal())});
  }
  return out;
}

std::expected<std::shared_ptr<const AuthPolicy>, std::vector<Error>> make_policy(
    AuthSetting deployment, const std::vector<resources::StoreSpec>& stores) {
  std::vector<StoreAuth> auths;
  auths.reserve(stores.size());
  for (const resources::StoreSpec& store : stores) {
    auths.push_back(store_auth_of(store));
  }
  return AuthPolicy::make(deployment, auths);
}

}  // namespace layer::gateway
