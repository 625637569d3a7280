#include "features/namespaces/routing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "features/namespaces/test_indexes.h"
#include "testing/fake_store.h"

namespace layer::features::namespaces {
namespace {

using ::testing::Eq;
using ::testing::HasSubstr;

class Routing : public ::testing::Test {
 protected:
  store::VectorStore* find(std::string_view name) {
    return name.empty() || name == "us" ? &us : name == "eu" ? &eu : nullptr;
  }
  RoutingTable table(RoutingTable::Indexes indexes) {
    return {std::move(indexes), [this](std::string_view name) { return find(name); }};
  }
  layer::testing::FakeStore us{"us"};
  layer::testing::FakeStore eu{"eu"};
};

TEST_F(Routing, SendsAnUnknownNamespaceToTheDefaultStoreUnderItsName) {
  const auto routes = table({});
  const auto route = routes.find("docs");
  ASSERT_TRUE(route);
  EXPECT_EQ(route->store, &us);
  EXPECT_EQ(route->physical, "docs");
  EXPECT_FALSE(route->renamed("docs"));
  EXPECT_TRUE(settings(*route).stamp);
}

TEST_F(Routing, FollowsAnIndexToItsStoreAndName) {
  const auto routes = table({index({.name = "docs", .store = "eu", .physical = "docs-v2"})});
  const auto route = routes.find("docs");
  ASSERT_TRUE(route);
  EXPECT_EQ(route->store, &eu);
  EXPECT_EQ(route->physical, "docs-v2");
  EXPECT_TRUE(route->renamed("docs"));
}

TEST_F(Routing, GivesOneIdentityToBothNamesOfARenamedNamespace) {
  const auto routes = table({index({.name = "docs", .physical = "docs-v2", .stamp = false})});
  const auto direct = routes.find("docs-v2");
  ASSERT_TRUE(direct);
  EXPECT_EQ(direct->logical, "docs");
  EXPECT_FALSE(settings(*direct).stamp);
}

TEST_F(Routing, RefusesANamespaceOfAStoreThatIsNotThere) {
  const auto routes = table({index({.name = "docs", .store = "gone"})});
  const auto route = routes.find("docs");
  ASSERT_FALSE(route);
  EXPECT_EQ(route.error().code, ErrorCode::kServiceUnavailable);
  EXPECT_THAT(route.error().message, HasSubstr("'gone'"));
}

TEST_F(Routing, DoesNotGuessWhereANamespaceOfARefusedIndexLies) {
  auto refused = index({.name = "docs"});
  refused.spec = nullptr;
  refused.in_force = false;
  refused.verdict = {.accepted = false, .reason = "SchemaInvalid", .message = ""};
  const auto routes = table({refused});
  ASSERT_FALSE(routes.find("docs"));
  EXPECT_EQ(routes.find("docs").error().code, ErrorCode::kServiceUnavailable);
}

TEST_F(Routing, KnowsTheNameCallersUseForWhatAStoreLists) {
  const auto routes = table({index({.name = "articles", .physical = "articles-v2"}),
                             index({.name = "docs", .physical = "docs-v2"}),
                             index({.name = "moved", .store = "eu"})});
  EXPECT_THAT(routes.logical_name(us, "docs-v2"), Eq("docs"));
  EXPECT_THAT(routes.logical_name(us, "plain"), Eq("plain"));
  EXPECT_THAT(routes.logical_name(eu, "moved"), Eq("moved"));
  // "docs" and "moved" lead elsewhere, so what the default store calls so is out of reach.
  EXPECT_EQ(routes.logical_name(us, "docs"), std::nullopt);
  EXPECT_EQ(routes.logical_name(us, "moved"), std::nullopt);
}

TEST_F(Routing, ListsWhatTheDefaultStoreDoesNotShow) {
  const auto routes = table({index({.name = "b", .physical = "b2"}), index({.name = "same"}),
                             index({.name = "a", .store = "eu"})});
  ASSERT_EQ(routes.elsewhere().size(), 2U);
  EXPECT_EQ(routes.elsewhere()[0].logical, "a");
  EXPECT_EQ(routes.elsewhere()[1].logical, "b");
}

TEST_F(Routing, KeepsATableWhileARequestHoldsIt) {
  Router router([this](std::string_view name) { return find(name); });
  const auto before = router.table();
  router.publish({index({.name = "docs", .physical = "docs-v2"})});
  EXPECT_EQ(before->find("docs")->physical, "docs");
  EXPECT_EQ(router.table()->find("docs")->physical, "docs-v2");
}

TEST(WithNamespace, ChangesOnlyTheSegmentOfTheName) {
  EXPECT_EQ(with_namespace("/v2/namespaces/docs/query?a=/namespaces/x", "docs-v2"),
            "/v2/namespaces/docs-v2/query?a=/namespaces/x");
  EXPECT_EQ(with_namespace("/v2/namespaces/d%6Fcs", "p"), "/v2/namespaces/p");
  EXPECT_EQ(with_namespace("/v1/namespaces?prefix=/namespaces/x", "p"),
            "/v1/namespaces?prefix=/namespaces/x");
}

}  // namespace
}  // namespace layer::features::namespaces
