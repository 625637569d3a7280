// What every kind of coordination promises, run over each of them.
#include "queue/coordination.h"

#include <gtest/gtest.h>

#include <memory>

#include "core/clock.h"
#include "queue/memory/memory_coordination.h"
#include "queue/postgres/postgres_coordination.h"
#include "queue/postgres/test_database.h"

namespace layer::queue {
namespace {

using namespace std::chrono_literals;

class Shared {
 public:
  virtual ~Shared() = default;
  virtual Coordination& get() = 0;
};

class Memory final : public Shared {
 public:
  explicit Memory(const core::Clock& clock) : kept_(clock) {}
  Coordination& get() override { return kept_; }

 private:
  MemoryCoordination kept_;
};

class Postgres final : public Shared {
 public:
  explicit Postgres(const core::Clock& clock) : kept_(test_.database(), &clock) {}
  Coordination& get() override { return kept_; }

 private:
  postgres::TestDatabase test_;
  PostgresCoordination kept_;
};

using Make = std::unique_ptr<Shared> (*)(const core::Clock& clock);

template <class T>
std::unique_ptr<Shared> make(const core::Clock& clock) {
  return std::make_unique<T>(clock);
}

std::vector<std::pair<std::string, Make>> kinds() {
  std::vector<std::pair<std::string, Make>> all{{"memory", make<Memory>}};
  if (postgres::test_server()) {
    all.emplace_back("postgres", make<Postgres>);
  }
  return all;
}

class CoordinationTest : public ::testing::TestWithParam<std::pair<std::string, Make>> {
 protected:
  template <class Call>
  auto run(Call call) {
    auto outcome = async::run_blocking(loops.at(0), call);
    EXPECT_TRUE(outcome) << outcome.error().message;
    return outcome;
  }
  std::optional<std::uint64_t> lead(std::string holder) {
    return *run([&] { return shared.lead("watch:docs", holder, 10s); });
  }
  void beat(std::string gateway, std::int64_t hlc, std::vector<LowWaterMark> marks = {}) {
    run([&] { return shared.beat({.gateway = gateway, .hlc = hlc, .marks = marks}); });
  }
  std::optional<std::int64_t> low_water(std::string ns) {
    return *run([&] { return shared.low_water(ns); });
  }
  void publish(SharedWatermark watermark) {
    run([&] { return shared.publish(watermark); });
  }
  std::vector<std::string> keys_after(std::int64_t sequence) {
    std::vector<std::string> keys;
    for (const Change& each : *run([&] { return shared.changes(sequence); })) {
      keys.push_back(each.key);
    }
    return keys;
  }
  void announce(std::string key) {
    run([&] { return shared.announce("namespace", key); });
  }

  core::ManualClock clock;
  async::Loops loops{1};
  std::unique_ptr<Shared> kept = GetParam().second(clock);
  Coordination& shared = kept->get();
};

INSTANTIATE_TEST_SUITE_P(Kinds, CoordinationTest, ::testing::ValuesIn(kinds()),
                         [](const auto& info) { return info.param.first; });

TEST_P(CoordinationTest, one_leads_until_its_lease_is_over) {
  EXPECT_EQ(lead("a"), 1U);
  EXPECT_EQ(lead("b"), std::nullopt);
  clock.advance(9s);
  EXPECT_EQ(lead("a"), 1U) << "kept";
  clock.advance(9s);
  EXPECT_EQ(lead("b"), std::nullopt);
  clock.advance(1s);
  EXPECT_EQ(lead("b"), 2U);
  EXPECT_EQ(lead("a"), std::nullopt);
}

TEST_P(CoordinationTest, who_resigns_leaves_the_place_and_no_other) {
  EXPECT_EQ(lead("a"), 1U);
  run([&] { return shared.resign("watch:docs", "b"); });
  EXPECT_EQ(lead("b"), std::nullopt);
  run([&] { return shared.resign("watch:docs", "a"); });
  EXPECT_EQ(lead("b"), 2U);
}

TEST_P(CoordinationTest, the_low_water_is_that_of_the_slowest_live_gateway) {
  EXPECT_EQ(low_water("docs"), std::nullopt);
  beat("a", 100, {{.ns = "docs", .stamp = 40}, {.ns = "o\"dd\\", .stamp = 30}});
  beat("b", 90);
  EXPECT_EQ(low_water("docs"), 40);
  EXPECT_EQ(low_water("o\"dd\\"), 30);
  EXPECT_EQ(low_water("quiet"), 90);
  beat("a", 110);  // its writes are done
  EXPECT_EQ(low_water("docs"), 90);
}

TEST_P(CoordinationTest, a_gateway_without_heartbeat_holds_nobody_back) {
  beat("a", 10);
  clock.advance(5s);
  beat("b", 90);
  EXPECT_EQ(*run([&] { return shared.live_gateways(); }), (std::vector<std::string>{"a", "b"}));
  clock.advance(5s);
  EXPECT_EQ(*run([&] { return shared.live_gateways(); }), std::vector<std::string>{"b"});
  EXPECT_EQ(low_water("docs"), 90);
  run([&] { return shared.leave("b"); });
  EXPECT_EQ(low_water("docs"), std::nullopt);
}

TEST_P(CoordinationTest, a_watermark_never_goes_back_except_with_its_namespace) {
  publish({.ns = "docs", .state = "unknown"});
  publish({.ns = "docs", .state = "stable", .watermark = 50});
  clock.advance(1s);
  publish({.ns = "docs", .state = "updating", .watermark = 40});
  publish({.ns = "docs", .state = "updating"});
  const std::vector<SharedWatermark> expected{
      {.ns = "docs", .state = "updating", .watermark = 50, .polled_at_ms = clock.wall_ms()}};
  const std::vector<std::string> asked{"docs", "nowhere"};
  EXPECT_EQ(*run([&] { return shared.watermarks(asked); }), expected);
  run([&] { return shared.forget_watermark("docs"); });
  EXPECT_TRUE(run([&] { return shared.watermarks(asked); })->empty());
}

TEST_P(CoordinationTest, changes_are_read_from_where_one_stopped) {
  EXPECT_EQ(*run([&] { return shared.last_change(); }), 0);
  announce("a");
  announce("b");
  EXPECT_EQ(keys_after(0), (std::vector<std::string>{"a", "b"}));
  const std::int64_t last = *run([&] { return shared.last_change(); });
  EXPECT_TRUE(keys_after(last).empty());
  announce("c");
  EXPECT_EQ(keys_after(last), std::vector<std::string>{"c"});
}

TEST_P(CoordinationTest, old_changes_are_forgotten) {
  announce("a");
  clock.advance(30min);
  announce("b");
  clock.advance(30min);
  run([&] { return shared.forget_changes(); });
  EXPECT_EQ(keys_after(0), std::vector<std::string>{"b"});
}

TEST_P(CoordinationTest, one_call_names_a_bounded_number_of_namespaces) {
  const std::vector<std::string> many(kMarksMax + 1, "docs");
  const auto refused = async::run_blocking(loops.at(0), [&] { return shared.watermarks(many); });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace layer::queue
