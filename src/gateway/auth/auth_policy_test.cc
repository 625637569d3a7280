#include "gateway/auth/auth_policy.h"

#include <gtest/gtest.h>

namespace layer::gateway {
namespace {

constexpr auto kDerive = AuthSetting::kDeriveFromStore;

std::shared_ptr<const AuthPolicy> make(AuthSetting setting, std::vector<StoreAuth> stores) {
  auto policy = AuthPolicy::make(setting, stores);
  EXPECT_TRUE(policy.has_value());
  return policy ? *policy : nullptr;
}

StoreAuth plain(std::string name) {
  return {.store = std::move(name)};
}

StoreAuth with_credential(std::string name) {
  return {.store = std::move(name),
          .has_credential = true,
          .credential = core::Secret("stored-credential")};
}

bool opens(const AuthPolicy& policy, std::string_view store, std::string_view key) {
  return policy.find(store)->keys.find(sha256(key), key) != nullptr;
}

TEST(AuthPolicy, DerivesPassthroughWithoutAStoredCredentialAndKeysWithOne) {
  const auto policy = make(kDerive, {plain("a"), with_credential("b")});
  EXPECT_EQ(policy->find("a")->mode, AuthMode::kPassthrough);
  EXPECT_EQ(policy->find("b")->mode, AuthMode::kKeys);
  EXPECT_TRUE(opens(*policy, "b", "stored-credential"));
  EXPECT_FALSE(opens(*policy, "a", "stored-credential"));
  EXPECT_EQ(policy->find("c"), nullptr);
}

TEST(AuthPolicy, ACredentialThatIsNotResolvedYetOpensNothing) {
  const auto policy = make(kDerive, {{.store = "a", .has_credential = true}});
  EXPECT_EQ(policy->find("a")->mode, AuthMode::kKeys);
  EXPECT_EQ(policy->find("a")->keys.size(), 0);
}

TEST(AuthPolicy, TheStoresOwnSettingGoesBeforeTheDeployments) {
  StoreAuth open = plain("a");
  open.setting = AuthSetting::kOpen;
  const auto policy = make(AuthSetting::kKeys, {open, with_credential("b")});
  EXPECT_EQ(policy->find("a")->mode, AuthMode::kOpen);
  EXPECT_EQ(policy->find("b")->mode, AuthMode::kKeys);
  // Only deriving takes the credential for a key.
  EXPECT_FALSE(opens(*policy, "b", "stored-credential"));
  EXPECT_EQ(policy->open_stores(), std::vector<std::string>{"a"});
}

TEST(AuthPolicy, PassthroughTakesTheStoredCredentialForWholeStores) {
  const auto policy = make(AuthSetting::kPassthrough, {with_credential("a")});
  EXPECT_EQ(policy->find("a")->mode, AuthMode::kPassthrough);
  EXPECT_TRUE(opens(*policy, "a", "stored-credential"));
}

TEST(AuthPolicy, AnEngineThatKnowsNoKeysIsOpenWhereOthersPassThrough) {
  const StoreAuth engine{.store = "a", .checks_keys = false};
  EXPECT_EQ(make(kDerive, {engine})->open_stores(), std::vector<std::string>{"a"});
  EXPECT_EQ(make(AuthSetting::kPassthrough, {engine})->find("a")->mode, AuthMode::kOpen);
  EXPECT_EQ(make(AuthSetting::kKeys, {engine})->find("a")->mode, AuthMode::kKeys);
}

TEST(AuthPolicy, OpenCallersHaveRightsOnOpenStoresOnly) {
  StoreAuth open = plain("a");
  open.setting = AuthSetting::kOpen;
  const auto policy = make(AuthSetting::kKeys, {open, plain("b")});
  const Grants& grants = policy->open_identity()->grants;
  EXPECT_TRUE(grants.allow_namespace(Scope::kAdmin, "a", "x"));
  EXPECT_FALSE(grants.allow_namespace(Scope::kRead, "b", "x"));
  EXPECT_FALSE(grants.layer.allow(Scope::kRead));
  open.is_default = true;
  EXPECT_TRUE(make(AuthSetting::kKeys, {open})->open_identity()->grants.layer.allow(Scope::kAdmin));
}

TEST(AuthPolicy, KeysOfAStoreReachThatStoreAndOfTheDefaultOneTheDeployment) {
  StoreAuth first{
      .store = "a",
      .is_default = true,
      .keys = {{.name = "k", .scopes = {Scope::kWrite}, .key = core::Secret("key-of-a")}}};
  StoreAuth second{
      .store = "b",
      .keys = {{.name = "k", .scopes = {Scope::kAdmin}, .key = core::Secret("key-of-b")},
               {.name = "unresolved", .scopes = {Scope::kRead}}}};
  const auto policy = make(AuthSetting::kKeys, {first, second});
  const auto* const a = policy->find("a")->keys.find(sha256("key-of-a"), "key-of-a");
  ASSERT_NE(a, nullptr);
  EXPECT_TRUE(a->identity->grants.layer.allow(Scope::kWrite));
  EXPECT_TRUE(a->identity->grants.allow_namespace(Scope::kWrite, "a", "x"));
  EXPECT_FALSE(a->identity->grants.allow_namespace(Scope::kWrite, "b", "x"));
  EXPECT_FALSE(opens(*policy, "b", "key-of-a"));
  const auto* const b = policy->find("b")->keys.find(sha256("key-of-b"), "key-of-b");
  ASSERT_NE(b, nullptr);
  EXPECT_FALSE(b->identity->grants.layer.allow(Scope::kRead));
  EXPECT_EQ(policy->find("b")->keys.size(), 1);
}

TEST(AuthPolicy, ReportsEveryMistakeWithoutShowingAKey) {
  const std::vector<StoreAuth> stores{
      {.store = "a",
       .keys = {{.name = "one", .scopes = {Scope::kRead}, .key = core::Secret("secret word")},
                {.name = "one", .scopes = {Scope::kRead}, .key = core::Secret("secret-key")},
                {.name = "two", .key = core::Secret("secret-key")}}}};
  const auto policy = AuthPolicy::make(AuthSetting::kKeys, stores);
  ASSERT_FALSE(policy.has_value());
  std::string all;
  for (const Error& error : policy.error()) {
    all += error.message + "\n";
  }
  EXPECT_EQ(all,
            "store 'a': inboundAuth key 'one' cannot be sent as a bearer: it must be visible ASCII "
            "without spaces\n"
            "store 'a': inboundAuth key 'one' needs a name of its own\n"
            "store 'a': inboundAuth key 'two' has no scope; give some of read, write, admin\n"
            "store 'a': inboundAuth key 'two' has the secret of another key\n");
}

TEST(AuthPolicy, SettingsAreReadByName) {
  EXPECT_EQ(parse_auth_setting("deriveFromStore"), kDerive);
  EXPECT_EQ(parse_auth_setting("open"), AuthSetting::kOpen);
  EXPECT_EQ(parse_auth_setting("passthrough"), AuthSetting::kPassthrough);
  EXPECT_EQ(parse_auth_setting("keys"), AuthSetting::kKeys);
  EXPECT_EQ(parse_auth_setting("Open").error().message,
            "'Open' is none of deriveFromStore, open, passthrough, keys");
}

}  // namespace
}  // namespace layer::gateway
