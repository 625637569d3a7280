#include "gateway/routes/list_namespaces.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "features/namespaces/test_indexes.h"
#include "gateway/routes/test_routes.h"

namespace layer::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kTwo = R"({"namespaces":[{"id":"a-1"}, {"id":"b-1"}],"next_cursor":null})";

class ListRoutes : public ::testing::Test {
 protected:
  ListRoutes() {
    routes.answers["/v1/namespaces"] = {200, kTwo};
    routes.answers["/v1/namespaces?page_size=5"] = {200, kTwo};
    for (const char* name : {"a-1", "b-1"}) {
      routes.answers[std::string("/v2/namespaces/") + name + "/metadata"] = {
          200, R"({"schema":{},"approx_row_count":3})"};
    }
  }
  TestRoutes routes;
  features::freshness::NothingWatched stability;
  core::ManualClock clock;
  features::namespaces::NamespaceList list{
      {.router = routes.router, .stability = stability, .clock = clock}};
  ListNamespaces namespaces{list};
  ListNames names{routes.router, routes.proxy};
};

TEST_F(ListRoutes, ShowWhatTheKeyMayRead) {
  const auto all = routes.ask(namespaces, "/v2/namespaces?page_size=5");
  ASSERT_TRUE(all);
  EXPECT_THAT(all->body, HasSubstr(R"("name":"a-1","row_count":3)"));
  EXPECT_THAT(all->body, HasSubstr(R"("name":"b-1")"));
  const auto some = routes.ask(namespaces, "/v2/namespaces?page_size=5", reader_of("us", "a-*"));
  ASSERT_TRUE(some);
  EXPECT_THAT(some->body, HasSubstr(R"("name":"a-1")"));
  EXPECT_THAT(some->body, Not(HasSubstr("b-1"))) << "the cache keeps grants apart";
}

TEST_F(ListRoutes, RefuseAPageSizeOutOfRange) {
  const auto refused = routes.ask(namespaces, "/v2/namespaces?page_size=0");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kValidation);
}

TEST_F(ListRoutes, RelayWhatTheStoreRefusesTheListWith) {
  routes.answers["/v1/namespaces?page_size=5"] = {429, R"({"error":"slow down"})"};
  const auto relayed = routes.ask(namespaces, "/v2/namespaces?page_size=5");
  ASSERT_TRUE(relayed);
  EXPECT_EQ(relayed->status, 429);
  EXPECT_EQ(relayed->body, R"({"error":"slow down"})");
  EXPECT_EQ(routes.relayed_status, 429);
}

TEST_F(ListRoutes, LeaveTheStoresListAloneForWhoMaySeeAllOfIt) {
  const auto plain = routes.ask(names, "/v1/namespaces");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->body, kTwo);
}

TEST_F(ListRoutes, CutNamesFromTheStoresListForALimitedKey) {
  const auto cut =
      routes.ask(names, "/v1/namespaces", reader_of("us", "b-*"), {{"accept-encoding", "gzip"}});
  ASSERT_TRUE(cut);
  EXPECT_EQ(cut->body, R"({"namespaces":[{"id":"b-1"}],"next_cursor":null})");
  EXPECT_EQ(routes.us.last().headers.find("accept-encoding"), "identity");
}

TEST_F(ListRoutes, ShowARenamedNamespaceToWhoMayReadItByItsLogicalName) {
  routes.router.publish({features::namespaces::index({.name = "docs", .physical = "b-1"})});
  const auto cut = routes.ask(names, "/v1/namespaces", reader_of("us", "docs"));
  ASSERT_TRUE(cut);
  EXPECT_EQ(cut->body, R"({"namespaces":[{"id":"b-1"}],"next_cursor":null})");
}

TEST_F(ListRoutes, ShowNothingOfAListTheyCannotRead) {
  routes.answers["/v1/namespaces"] = {200, "a-1 b-1"};
  const auto refused = routes.ask(names, "/v1/namespaces", reader_of("us", "b-*"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUpstream);
}

TEST(ReadFingerprint, TellsGrantsApart) {
  EXPECT_EQ(read_fingerprint(reader()), read_fingerprint(reader()));
  EXPECT_NE(read_fingerprint(reader_of("us", "a")), read_fingerprint(reader_of("us", "b")));
  EXPECT_NE(read_fingerprint(reader_of("us", "a")), read_fingerprint(reader_of("eu", "a")));
  EXPECT_NE(read_fingerprint(reader_of("us", "a")), read_fingerprint(reader()));
}

}  // namespace
}  // namespace layer::gateway
