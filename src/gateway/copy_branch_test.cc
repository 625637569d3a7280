#include "gateway/copy_branch.h"

#include <gtest/gtest.h>

#include "features/namespaces/test_indexes.h"
#include "gateway/routes/test_rig.h"
#include "gateway/routes/write.h"
#include "testing/fake_store.h"

namespace layer::gateway {
namespace {

namespace namespaces = features::namespaces;

class Copies : public ::testing::Test {
 protected:
  layer::testing::FakeStore store;
  layer::testing::FakeStore other{"eu"};
  namespaces::Router router{[this](std::string_view name) -> store::VectorStore* {
    return name == "eu" ? &other : &store;
  }};
  features::capabilities::Deployment deployment{};
  CopyBranch copies{router, deployment};
};

TEST_F(Copies, MapTheSource) {
  router.publish({namespaces::index({.name = "docs", .physical = "docs-v2"})});
  EXPECT_EQ(**copies.prepare("target", R"({"copy_from_namespace":"docs"})"),
            R"({"copy_from_namespace":"docs-v2"})");
  EXPECT_EQ(*copies.prepare("target", R"({"branch_from_namespace":"plain"})"), std::nullopt);
}

TEST_F(Copies, AreRefusedWhereTheStoreCannotDoThem) {
  store.declare("branch_from_namespace", store::Support::kUnsupported);
  const auto refused = copies.prepare("target", R"({"branch_from_namespace":"docs"})");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnsupportedByStore);
  EXPECT_TRUE(copies.prepare("target", R"({"copy_from_namespace":"docs"})"));
}

TEST_F(Copies, NeedNoReadingWhereEveryNameIsTheStores) {
  router.publish({namespaces::index({.name = "docs"})});
  EXPECT_FALSE(copies.concerns("target"));
  router.publish({namespaces::index({.name = "docs", .store = "eu"})});
  EXPECT_TRUE(copies.concerns("target"));
}

// The write route does as the above says, whether or not it stamps.
class CopyWrites : public Copies, public ::testing::WithParamInterface<bool> {
 protected:
  CopyWrites() { rig.settings.settings.rules.stamp = GetParam(); }
  RouteRig rig;
  WriteRoute write{{.proxy = rig.proxy,
                    .auth = rig.auth,
                    .settings = rig.settings,
                    .hlc = rig.hlc,
                    .clock = rig.clock,
                    .signer = rig.signer,
                    .pool = rig.pool,
                    .copies = &copies},
                   {.held_bytes_max = 1 << 20, .decoded_bytes_max = 1 << 20}};
};
INSTANTIATE_TEST_SUITE_P(Stamped, CopyWrites, ::testing::Bool());

TEST_P(CopyWrites, SendTheStoresName) {
  router.publish({namespaces::index({.name = "docs", .physical = "docs-v2"})});
  const auto answer =
      rig.call(write, "POST", "/v2/namespaces/target", R"({"copy_from_namespace":"docs"})");
  ASSERT_TRUE(answer.response);
  EXPECT_EQ(rig.store.last.body, R"({"copy_from_namespace":"docs-v2"})");
}

TEST_P(CopyWrites, AreRefusedBeforeTheStoreIsAsked) {
  router.publish({namespaces::index({.name = "docs", .store = "eu"})});
  const auto answer = rig.call(write, "POST", "/v2/namespaces/target",
                               R"({"branch_from_namespace":{"source_namespace":"docs"}})");
  ASSERT_FALSE(answer.response);
  EXPECT_EQ(answer.response.error().code, ErrorCode::kBranchAcrossStores);
  EXPECT_EQ(rig.store.calls, 0);
}

}  // namespace
}  // namespace layer::gateway
