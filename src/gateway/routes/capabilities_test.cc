#include "gateway/routes/capabilities.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "features/namespaces/test_indexes.h"
#include "gateway/routes/test_routes.h"
#include "gateway/routes/vectorstores.h"

namespace layer::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

store::StoreSet two_stores() {
  store::StoreSet::Stores stores;
  stores.push_back(std::make_shared<layer::testing::FakeStore>("us"));
  stores.push_back(std::make_shared<layer::testing::FakeStore>("eu", "embedded"));
  return std::move(*store::StoreSet::make(std::move(stores), "us"));
}

class CapabilityRoutes : public ::testing::Test {
 protected:
  TestRoutes routes;
  store::StoreSet stores = two_stores();
  features::capabilities::Deployment deployment{};
  StoreCapabilities of_store{stores, deployment};
  NamespaceCapabilities of_namespace{
      {.router = routes.router, .deployment = deployment, .stamp = true}};
};

TEST_F(CapabilityRoutes, ReportAStoreByName) {
  const auto report = routes.ask(of_store, "/v2/vectorstores/eu/capabilities");
  ASSERT_TRUE(report);
  EXPECT_THAT(report->body, HasSubstr(R"("store":{"name":"eu","kind":"embedded"})"));
}

TEST_F(CapabilityRoutes, KnowNoStoreTheKeyDoesNotReach) {
  for (const auto& [name, caller] :
       {std::pair<std::string, Caller>{"none", reader()}, {"eu", reader_of("us", "*")}}) {
    const auto refused = routes.ask(of_store, "/v2/vectorstores/" + name + "/capabilities", caller);
    ASSERT_FALSE(refused) << name;
    EXPECT_EQ(refused.error().code, ErrorCode::kNotFound) << name;
  }
}

TEST_F(CapabilityRoutes, ReflectTheSchemaOfANamespace) {
  routes.us.declare("dense", store::Support::kSupported);
  routes.answers["/v2/namespaces/text/metadata"] = {200, R"({"schema":{"id":{"type":"uint"}}})"};
  const auto report = routes.ask(of_namespace, "/v2/namespaces/text/capabilities");
  ASSERT_TRUE(report);
  EXPECT_THAT(report->body,
              HasSubstr(R"("support":"unsupported","note":"the namespace has no vector column")"));
}

TEST_F(CapabilityRoutes, SayThatANamespaceIsNotThere) {
  const auto missing = routes.ask(of_namespace, "/v2/namespaces/none/capabilities");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
}

TEST_F(CapabilityRoutes, RelayTheStoresOtherRefusals) {
  routes.answers["/v2/namespaces/docs/metadata"] = {403, "no"};
  const auto refused = routes.ask(of_namespace, "/v2/namespaces/docs/capabilities");
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 403);
  EXPECT_EQ(refused->body, "no");
  EXPECT_EQ(routes.relayed_status, 403);
}

class StoreRoutes : public CapabilityRoutes {
 protected:
  StoreRoutes() {
    auto specs = std::make_shared<std::vector<resources::StoreSpec>>();
    auto& us = specs->emplace_back();
    us.name = "us";
    us.url = "https://api.example.com";
    us.region = "aws-us-east-1";
    us.is_default = true;
    us.has_credential = true;
    us.credential_fault = "no such file";
    us.credential_ref = resources::SecretRef{"store-key", "token"};
    us.inbound_auth.mode = resources::InboundMode::kKeys;
    us.org_id = "org-1";
    auto& eu = specs->emplace_back();
    eu.name = "eu";
    eu.kind = resources::StoreKind::kEmbedded;
    eu.url = "memory:";
    all = std::move(specs);
  }
  std::shared_ptr<const std::vector<resources::StoreSpec>> all;
  resources::StatusTable statuses{[] { return 0; }};
  VectorStores list{{.stores = stores, .specs = [this] { return all; }, .statuses = statuses}};
};

TEST_F(StoreRoutes, ListTheDefaultFirstAndNoSecret) {
  const auto answer = routes.ask(list, "/v2/vectorstores");
  ASSERT_TRUE(answer);
  EXPECT_EQ(
      answer->body,
      R"({"vectorstores":[{"name":"us","kind":"turbopuffer","default":true,)"
      R"("endpoint":{"url":"https://api.example.com","region":"aws-us-east-1"},)"
      R"("turbopuffer":{"orgId":"org-1"},)"
      R"("credential":{"secretRef":{"name":"store-key","key":"token"}},)"
      R"("inboundAuth":{"mode":"keys"},"status":{"observedGeneration":0,"conditions":[)"
      R"({"type":"CredentialResolved","status":"False","reason":"SecretNotFound",)"
      R"("message":"no such file","lastTransitionTime":"1970-01-01T00:00:00Z"}]}},)"
      R"({"name":"eu","kind":"embedded","default":false,"endpoint":{"url":"memory:","region":null},)"
      R"("credential":{"secretRef":null},"inboundAuth":{"mode":"deriveFromStore"},)"
      R"("status":{"observedGeneration":0,"conditions":[]}}]})");
}

TEST_F(StoreRoutes, AnswerForOneStore) {
  const auto answer = routes.ask(list, "/v2/vectorstores/eu");
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->body.starts_with(R"({"name":"eu",)")) << answer->body;
  EXPECT_EQ(routes.ask(list, "/v2/vectorstores/none").error().code, ErrorCode::kNotFound);
}

TEST_F(StoreRoutes, ShowOnlyStoresTheKeyReads) {
  const auto answer = routes.ask(list, "/v2/vectorstores", reader_of("eu", "x"));
  EXPECT_THAT(answer->body, HasSubstr(R"("name":"eu")"));
  EXPECT_THAT(answer->body, Not(HasSubstr(R"("name":"us")")));
  EXPECT_FALSE(routes.ask(list, "/v2/vectorstores/us", reader_of("eu", "x")));
}

TEST_F(StoreRoutes, ShowWhatReconcilersFoundOut) {
  const auto key = resources::status_key(resources::Kind::kVectorStore, "eu");
  statuses.set_observed(key, 3);
  statuses.set_field(key, "reachable", "true");
  EXPECT_THAT(routes.ask(list, "/v2/vectorstores/eu")->body,
              HasSubstr(R"("status":{"observedGeneration":3,"reachable":true,"conditions":[)"));
}

}  // namespace
}  // namespace layer::gateway
