#include "features/functions/sweeper.h"

#include <gtest/gtest.h>

namespace layer::features::functions {
namespace {

RegisteredFunction function() {
  return {.id = "f",
          .spec = *parse_spec(R"({"target_namespaces":["docs"],
                                  "schedule":{"discovery_interval_seconds":60}})"),
          .updated_at_ms = 1'000};
}

TEST(SweepDue, AtOnceForWhatIsNewOrChangedOrHalfDone) {
  EXPECT_EQ(sweep_due_ms(function(), {.ns = "docs"}, std::nullopt), 0);
  EXPECT_EQ(sweep_due_ms(function(), {.ns = "docs", .completed_at_ms = 900}, std::nullopt), 0);
  EXPECT_EQ(sweep_due_ms(function(), {.ns = "docs", .cursor = "u7", .completed_at_ms = 5'000},
                         std::nullopt),
            0);
}

TEST(SweepDue, TheIntervalAfterTheLastEnded) {
  EXPECT_EQ(sweep_due_ms(function(), {.ns = "docs", .completed_at_ms = 5'000}, std::nullopt),
            65'000);
}

TEST(SweepDue, LaterAfterEveryFailureButTenMinutesAtMost) {
  EXPECT_EQ(sweep_due_ms(function(), {.ns = "docs", .failures = 1}, 100'000), 102'000);
  EXPECT_EQ(sweep_due_ms(function(), {.ns = "docs", .failures = 5}, 100'000), 132'000);
  EXPECT_EQ(sweep_due_ms(function(), {.ns = "docs", .failures = 50}, 100'000), 700'000);
}

RegisteredFunction by_schedule(std::string_view triggers) {
  return {.id = "f",
          .spec = *parse_spec(
              R"({"target_namespaces":["docs"],"schedule":{"cron":"30 2 * * *","lease_seconds":120},
                  "triggers":)" +
              std::string(triggers) + "}")};
}

TEST(SweepTime, OfTheTriggerScheduleIsItsWindow) {
  constexpr std::int64_t kOpen = (2 * 60 + 30) * 60'000;
  auto function = by_schedule(R"(["schedule"])");
  EXPECT_FALSE(may_sweep(function, kOpen - 1));
  EXPECT_TRUE(may_sweep(function, kOpen));
  EXPECT_TRUE(may_sweep(function, kOpen + 119'999)) << "as long as a lease";
  EXPECT_FALSE(may_sweep(function, kOpen + 120'000));
  function.paused = true;
  EXPECT_FALSE(may_sweep(function, kOpen));
}

TEST(SweepTime, OfTheTriggerDiscoveryIsAlways) {
  EXPECT_TRUE(may_sweep(by_schedule(R"(["discovery"])"), 0));
  EXPECT_TRUE(may_sweep(by_schedule(R"(["schedule","discovery"])"), 0));
  EXPECT_FALSE(may_sweep(by_schedule(R"(["write"])"), (2 * 60 + 30) * 60'000));
}

}  // namespace
}  // namespace layer::features::functions
