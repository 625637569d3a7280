#include "gateway/auth/from_resources.h"

#include <gtest/gtest.h>

namespace layer::gateway {
namespace {

using resources::InboundMode;
using resources::StoreKind;
using resources::StoreSpec;

TEST(FromResources, AStoresConfigurationDecidesItsMode) {
  StoreSpec plain;
  plain.name = "plain";
  plain.is_default = true;
  StoreSpec stored;
  stored.name = "stored";
  stored.has_credential = true;
  stored.credential = core::Secret("credential-of-stored");
  StoreSpec engine;
  engine.name = "engine";
  engine.kind = StoreKind::kEmbedded;
  StoreSpec keyed;
  keyed.name = "keyed";
  keyed.inbound_auth = {
      .mode = InboundMode::kKeys,
      .keys = {{.name = "k", .scopes = {"read", "write"}, .value = core::Secret("key-of-keyed")}}};
  StoreSpec open;
  open.name = "open";
  open.inbound_auth.mode = InboundMode::kOpen;
  const auto policy =
      make_policy(AuthSetting::kDeriveFromStore, {plain, stored, engine, keyed, open});
  ASSERT_TRUE(policy.has_value());
  EXPECT_EQ((*policy)->find("plain")->mode, AuthMode::kPassthrough);
  EXPECT_EQ((*policy)->find("stored")->mode, AuthMode::kKeys);
  EXPECT_EQ((*policy)->find("keyed")->mode, AuthMode::kKeys);
  EXPECT_EQ((*policy)->open_stores(), (std::vector<std::string>{"engine", "open"}));
  const auto* const key =
      (*policy)->find("keyed")->keys.find(sha256("key-of-keyed"), "key-of-keyed");
  ASSERT_NE(key, nullptr);
  EXPECT_TRUE(key->identity->grants.allow_namespace(Scope::kWrite, "keyed", "x"));
  EXPECT_FALSE(key->identity->grants.allow_namespace(Scope::kAdmin, "keyed", "x"));
}

TEST(FromResources, TheDeploymentsSettingHoldsWhereAStoreSaysNothing) {
  StoreSpec store;
  store.name = "a";
  const auto policy = make_policy(AuthSetting::kKeys, {store});
  ASSERT_TRUE(policy.has_value());
  EXPECT_EQ((*policy)->find("a")->mode, AuthMode::kKeys);
}

}  // namespace
}  // namespace layer::gateway
