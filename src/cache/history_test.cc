// Random histories of several gateways, checked against what a reader may see: nothing older than
// the last acknowledged write, nothing partial, nothing of a write that failed.
//
// A failure names its seed. LAYER_SEED=N runs the one history of that seed in every weather;
// LAYER_HISTORIES=N runs N of each.
#include <gtest/gtest.h>

#include <cstdlib>

#include "cache/history_world.h"
#include "core/random.h"

namespace layer::cache::history {
namespace {

std::optional<std::uint64_t> environment(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? std::nullopt : std::optional(std::strtoull(text, nullptr, 10));
}

// A cache that has lost records is not served from for as long as a gateway may be cut off.
Plan plan_of(std::uint64_t seed, Weather weather) {
  Plan plan{.seed = seed, .weather = weather};
  if (weather.restarts && weather.partitions) {
    plan.writes *= 6;
    plan.reads *= 6;
  } else if (weather.restarts) {
    plan.stray = milliseconds(1000);
  }
  return plan;
}

struct Case {
  const char* name;
  Weather weather;
};

constexpr std::array kCases{
    Case{"fair", {}},
    Case{"failing_store", {.store_fails = true}},
    Case{"failing_operations", {.op_fails = 15, .store_fails = true}},
    Case{"partitions", {.partitions = true, .store_fails = true}},
    Case{"kills", {.op_fails = 5, .kills = true}},
    Case{"restarts", {.restarts = true, .store_fails = true}},
    Case{"everything",
         {.op_fails = 8, .partitions = true, .kills = true, .restarts = true, .store_fails = true}},
};

class History : public ::testing::TestWithParam<Case> {};

TEST_P(History, NoReadIsOlderThanWhatWasAcknowledged) {
  const auto one = environment("LAYER_SEED");
  const std::uint64_t first = one.value_or(core::random_u64() % 1'000'000'000);
  const std::uint64_t count = one ? 1 : environment("LAYER_HISTORIES").value_or(100);
  std::size_t hits = 0;
  std::size_t fills = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    World world(plan_of(seed, GetParam().weather));
    const auto wrong = world.run();
    hits += world.hits;
    fills += world.fills;
    ASSERT_FALSE(wrong) << *wrong << "; LAYER_SEED=" << seed << " repeats it";
  }
  RecordProperty("first_seed", std::to_string(first));
  RecordProperty("hits_checked", std::to_string(hits));
  RecordProperty("rows_filled", std::to_string(fills));
  if (!one) {
    EXPECT_GT(hits, count);  // the cache was of use, so the check was too
  }
}

INSTANTIATE_TEST_SUITE_P(Weather, History, ::testing::ValuesIn(kCases),
                         [](const auto& of) { return of.param.name; });

struct Mutation {
  const char* name;
  Rule rule;
  Weather weather;
};

// Without one of its rules the protocol is wrong, and the checker must see it.
class MissingRule : public ::testing::TestWithParam<Mutation> {};

TEST_P(MissingRule, IsNoticed) {
  constexpr std::uint64_t kHistoriesMax = 4000;
  for (std::uint64_t seed = 1; seed <= kHistoriesMax; ++seed) {
    Plan plan = plan_of(seed, GetParam().weather);
    plan.rules = RuleSet::all_but(GetParam().rule);
    World world(plan);
    if (const auto wrong = world.run()) {
      RecordProperty("noticed", *wrong + " (seed " + std::to_string(seed) + ")");
      return;
    }
  }
  FAIL() << "no wrong read in " << kHistoriesMax << " histories";
}

INSTANTIATE_TEST_SUITE_P(
    Rules, MissingRule,
    ::testing::Values(Mutation{"epoch", Rule::kEpoch, {.restarts = true}},
                      Mutation{"generation", Rule::kGeneration, {}},
                      Mutation{"lease", Rule::kLease, {}},
                      Mutation{"fill_version", Rule::kFillVersion, {}},
                      Mutation{"settle_version", Rule::kSettleVersion, {}},
                      Mutation{"invalidate", Rule::kInvalidate, {}},
                      Mutation{"lapse_wait", Rule::kLapseWait, {.partitions = true}},
                      Mutation{"lapsed_member", Rule::kLapsedMember, {.partitions = true}}),
    [](const auto& of) { return of.param.name; });

}  // namespace
}  // namespace layer::cache::history
