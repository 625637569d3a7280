#include "features/snapshots/snapshot_store.h"

#include <random>

#include <gtest/gtest.h>

#include "async/fan_out.h"
#include "async/loops.h"
#include "async/run.h"
#include "core/random.h"
#include "features/snapshots/checkpoints.h"
#include "features/snapshots/policy.h"
#include "objects/memory_store.h"

namespace layer::features::snapshots {
namespace {

Body body_at(std::int64_t watermark_ms, std::uint64_t rows, const std::string& field = "lang") {
  Body body{.ns = "docs", .watermark_ms = watermark_ms, .row_count = rows, .exact = true};
  body.fields.push_back(
      {.name = field, .type = ValueType::kString, .values = {{.v = "de", .n = rows}}});
  seal(body);
  return body;
}

struct Snapshots : ::testing::Test {
  template <class Make>
  auto run(Make make) {
    return async::run_blocking(loops.at(0), std::move(make));
  }
  Latest publish(Body body, std::uint64_t incarnation = 0) {
    return *run([&] { return store.publish(body, incarnation, {}); });
  }
  Result<SnapshotStore::Found> find(std::string_view which, std::uint64_t incarnation = 0) {
    auto parsed = parse_which(which, clock.wall_ms());
    EXPECT_TRUE(parsed) << which;
    return run([&] { return store.find("docs", incarnation, *parsed); });
  }

  async::Loops loops{1};
  async::CpuPool pool{{.name = "codec"}};
  core::ManualClock clock;
  objects::MemoryStore objects{clock};
  SnapshotStore store{objects, pool, clock};
};

TEST_F(Snapshots, ThereIsNoneBeforeTheFirst) {
  EXPECT_FALSE(run([&] { return store.latest("docs", 0); })->has_value());
  EXPECT_EQ(find("latest").error().code, ErrorCode::kNotFound);
}

TEST_F(Snapshots, AnUnchangedNamespaceHasOneBodyAndALaterWatermark) {
  const Latest first = publish(body_at(1000, 5));
  const Latest second = publish(body_at(2000, 5));
  EXPECT_EQ(second.key, first.key);
  EXPECT_EQ(second.watermark_ms, 1000);
  EXPECT_EQ(second.unchanged_through_ms, 2000);
  EXPECT_EQ(run([&] { return store.history("docs", std::nullopt, 10); })->size(), 1U);
  EXPECT_EQ(find("latest")->watermark_ms, 2000);
}

TEST_F(Snapshots, ThePointerNeverMovesToAnOlderWatermark) {
  const Latest newer = publish(body_at(2000, 6));
  EXPECT_EQ(publish(body_at(1000, 5)), newer);
  EXPECT_EQ(find("latest")->body->row_count, 6U);
}

TEST_F(Snapshots, AreFoundByTimeShaAndABeginningOfIt) {
  publish(body_at(1000, 5));
  publish(body_at(2000, 6));
  publish(body_at(3000, 7));
  EXPECT_EQ(find("2500")->body->row_count, 6U);
  EXPECT_EQ(find("9000")->body->row_count, 7U);
  EXPECT_EQ(find("999").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(find("1970-01-01T00:00:01Z")->body->row_count, 5U);
  const std::string sha = body_at(1000, 5).sha;
  EXPECT_EQ(find(sha)->body->row_count, 5U);
  EXPECT_EQ(run([&] {
              return store.find("docs", 0, {.kind = Which::Kind::kSha, .sha = sha.substr(0, 12)});
            })->body->row_count,
            5U);
  EXPECT_EQ(run([&] { return store.find("docs", 0, {.kind = Which::Kind::kSha, .sha = ""}); })
                .error()
                .code,
            ErrorCode::kConflict);
}

TEST_F(Snapshots, HistoryIsNewestFirstAndGoesOnBeforeATime) {
  for (int i = 1; i <= 5; ++i) {
    publish(body_at(i * 1000, static_cast<std::uint64_t>(i)));
  }
  const auto newest = *run([&] { return store.history("docs", std::nullopt, 2); });
  ASSERT_EQ(newest.size(), 2U);
  EXPECT_EQ(newest[0].watermark_ms, 5000);
  EXPECT_EQ(newest[1].watermark_ms, 4000);
  const auto older = *run([&] { return store.history("docs", 4000, 10); });
  ASSERT_EQ(older.size(), 3U);
  EXPECT_EQ(older[0].watermark_ms, 3000);
}

TEST_F(Snapshots, OfADeletedNamespaceAreNotItsSuccessors) {
  publish(body_at(1000, 5), 0);
  EXPECT_EQ(find("latest", 1).error().code, ErrorCode::kNotFound);
  const Latest next = publish(body_at(500, 1), 1);
  EXPECT_EQ(next.watermark_ms, 500);
  EXPECT_EQ(find("latest", 1)->body->row_count, 1U);
  // What the deleted one still wants to say comes too late.
  EXPECT_EQ(publish(body_at(9000, 5), 0), next);
}

TEST_F(Snapshots, AWithdrawnOneLeavesNothing) {
  const Latest latest = publish(body_at(1000, 5));
  EXPECT_TRUE(run([&] { return store.withdraw(latest); }));
  EXPECT_EQ(find("latest").error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(run([&] { return objects.list("snapshots/", "", 10); })->objects.empty());
}

// Whatever the order in which many are published at the same time, the newest is the latest.
TEST_F(Snapshots, ThatRaceAgreeOnTheNewest) {
  const std::uint64_t seed = core::random_u64();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 20; ++round) {
    objects::MemoryStore fresh{clock};
    SnapshotStore raced{fresh, pool, clock};
    std::vector<Body> bodies;
    std::int64_t newest = 0;
    for (int i = 0; i < 8; ++i) {
      bodies.push_back(body_at(1000 + static_cast<std::int64_t>(random() % 50), random() % 4));
      newest = std::max(newest, bodies.back().watermark_ms);
    }
    run([&]() -> async::Task<> {
      co_await async::fan_out(bodies.size(), 4, [&](std::size_t i) -> async::Task<> {
        EXPECT_TRUE(co_await raced.publish(bodies[i], 0, {}));
      });
    });
    const auto latest = *run([&] { return raced.latest("docs", 0); });
    EXPECT_EQ(latest->unchanged_through_ms, newest);
    EXPECT_TRUE(run([&] { return raced.body(latest->key); }));
  }
}

TEST_F(Snapshots, NamespacesAreListedOnce) {
  for (const char* ns : {"b", "a", "a-1", "a.x"}) {
    Body body = body_at(1000, 5);
    body.ns = ns;
    publish(body);
    body.watermark_ms = 2000;
    body.row_count = 9;
    seal(body);
    publish(body);
  }
  auto names = *run([&] { return store.namespaces("", 10); });
  std::ranges::sort(names);
  EXPECT_EQ(names, (std::vector<std::string>{"a", "a-1", "a.x", "b"}));
}

TEST_F(Snapshots, CheckpointsPinTheLatestUnderALabel) {
  Checkpoints checkpoints{store, clock};
  EXPECT_EQ(run([&] { return checkpoints.create("docs", 0, "first"); }).error().code,
            ErrorCode::kNotFound);
  publish(body_at(1000, 5));
  const auto made = *run([&] { return checkpoints.create("docs", 0, "first"); });
  EXPECT_EQ(made.sha, body_at(1000, 5).sha);
  EXPECT_EQ(made.row_count, 5U);
  EXPECT_EQ(run([&] { return checkpoints.create("docs", 0, "first"); }).error().code,
            ErrorCode::kConflict);
  clock.advance(std::chrono::seconds(1));
  publish(body_at(2000, 6));
  run([&] { return checkpoints.create("docs", 0, "second"); });
  const auto all = *run([&] { return checkpoints.list("docs"); });
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].label, "second");
  EXPECT_EQ(all[1], made);
  EXPECT_EQ(*run([&] { return checkpoints.get("docs", "first"); }), made);
  EXPECT_TRUE(run([&] { return checkpoints.remove("docs", "first"); }));
  EXPECT_EQ(run([&] { return checkpoints.get("docs", "first"); }).error().code,
            ErrorCode::kNotFound);
}

TEST_F(Snapshots, APolicyStandsAboveTheIndexAndTheIndexAboveOptions) {
  PolicyStore policies{
      objects, clock, {.facet_fields = {"lang"}, .interval = std::chrono::minutes(5)}};
  const auto effective = [&](const resources::IndexSpec* index) {
    return *run([&] { return policies.effective("docs", index); });
  };
  EXPECT_EQ(effective(nullptr).facet_fields, std::vector<std::string>{"lang"});
  resources::IndexSpec index;
  index.facet_fields = {"year"};
  index.snapshot_interval = std::chrono::minutes(1);
  index.snapshot_retention = std::chrono::hours(24);
  EXPECT_EQ(effective(&index).facet_fields, std::vector<std::string>{"year"});
  EXPECT_EQ(effective(&index).retention, std::chrono::hours(24));
  const Policy own = *parse_policy(R"({"facetFields":["tags"],"interval":"10s"})");
  EXPECT_TRUE(run([&] { return policies.write("docs", own); }));
  EXPECT_EQ(effective(&index), own);
  EXPECT_EQ(*run([&] { return policies.read("docs"); }), own);
  EXPECT_EQ(policies.known(), std::vector<std::string>{"docs"});
}

TEST(Policy, IsReadStrictlyAndPrintedAsItWasMeant) {
  const Policy policy = *parse_policy(R"({"facetFields":["a","b","a"],"retention":"90d"})");
  EXPECT_EQ(print_policy(policy), R"({"facetFields":["a","b"],"interval":"5m","retention":"90d"})");
  EXPECT_EQ(*parse_policy(print_policy(policy)), policy);
  EXPECT_EQ(parse_policy("{}")->facet_fields.size(), 0U);
  for (const char* bad :
       {"[]", R"({"facetFields":"a"})", R"({"facetFields":[1]})", R"({"facetFields":[""]})",
        R"({"interval":"soon"})", R"({"interval":"10ms"})", R"({"interval":5})",
        R"({"retention":"0s"})", R"({"other":1})"}) {
    const auto parsed = parse_policy(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().code, ErrorCode::kValidation) << bad;
  }
}

TEST(Which, ReadsShasTimesAndAges) {
  constexpr std::int64_t kNow = 1'700'000'000'000;
  EXPECT_EQ(parse_which("latest", kNow)->kind, Which::Kind::kLatest);
  EXPECT_EQ(parse_which("7d", kNow)->time_ms, kNow - 7LL * 24 * 3'600'000);
  EXPECT_EQ(parse_which("1699999999999", kNow)->time_ms, 1'699'999'999'999);
  EXPECT_EQ(parse_which("2023-11-14T22:13:20Z", kNow)->time_ms, kNow);
  EXPECT_EQ(parse_which("abc1234", kNow)->kind, Which::Kind::kSha);
  for (const char* bad : {"", "abc123", "ABCDEF12", "yesterday", "-5", "99999999999999999999"}) {
    const auto parsed = parse_which(bad, kNow);
    EXPECT_TRUE(!parsed || parsed->kind == Which::Kind::kSha) << bad;
  }
}

TEST(Keys, TellWhatTheyAreMadeOf) {
  const std::string sha(64, 'a');
  const std::string key = body_key("docs", 1'700'000'000'000, sha);
  EXPECT_EQ(key, "snapshots/docs/1700000000000-" + sha + ".json");
  EXPECT_EQ(parse_body_key(key),
            (KeyParts{.ns = "docs", .watermark_ms = 1'700'000'000'000, .sha = sha}));
  EXPECT_EQ(parse_body_key(latest_key("docs")), std::nullopt);
  EXPECT_EQ(parse_body_key("snapshots/docs/17-a.json"), std::nullopt);
}

}  // namespace
}  // namespace layer::features::snapshots
