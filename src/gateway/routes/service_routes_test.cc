#include "gateway/routes/service_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/routes/test_routes.h"

namespace layer::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct ReadyRouteTest : ::testing::Test {
  TestRoutes routes;
  Health health{{.version = "1.2.3",
                 .gateway_id = "00000000000000ab",
                 .stores = [] { return std::vector<Health::StoreState>{{.name = "us"}}; },
                 .queue = [] { return Health::QueueState{"memory", true}; }}};

  http::Response ask(bool details) {
    ReadyRoute ready(health, details);
    return *routes.ask(ready, "/ready");
  }
};

TEST_F(ReadyRouteTest, TellsEverythingOnlyWhereNoAdminListenerDoes) {
  health.enter(Health::Phase::kReady);
  EXPECT_THAT(ask(false).body, Not(HasSubstr("stores")));
  EXPECT_THAT(ask(true).body, HasSubstr(R"("stores":[{"name":"us","breaker":"closed"}])"));
}

TEST_F(ReadyRouteTest, ADrainingProcessIsNotReady) {
  health.enter(Health::Phase::kDraining);
  const auto answer = ask(true);
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body, R"({"status":"draining","version":"1.2.3"})");
}

}  // namespace
}  // namespace layer::gateway
