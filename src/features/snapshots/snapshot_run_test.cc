// Snapshots of a real engine, with a watermark that a test sets.
#include <map>
#include <random>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "async/loops.h"
#include "async/run.h"
#include "core/random.h"
#include "engine/engine.h"
#include "engine/storage/memory_file_system.h"
#include "features/namespaces/layout.h"
#include "features/namespaces/slices.h"
#include "features/snapshots/retention.h"
#include "features/snapshots/snapshot_job.h"
#include "objects/memory_store.h"
#include "queue/memory/memory_coordination.h"
#include "store/embedded/embedded_store.h"

namespace layer::features::snapshots {
namespace {

using namespace std::chrono_literals;

struct GivenStability final : freshness::StabilitySource {
  freshness::Stability look(std::string_view) override { return now; }
  freshness::Stability now{};
};

struct DirectContext final : jobs::JobContext {
  const queue::Job& job() const override { return held; }
  async::Task<Result<void>> reached(queue::JobProgress) override {
    if (stop) {
      co_return fail(ErrorCode::kCancelled, "cancelled");
    }
    if (before_count) {
      std::exchange(before_count, nullptr)();
    }
    co_return Result<void>{};
  }
  bool stopping() const override { return stop; }

  queue::Job held;
  bool stop = false;
  std::function<void()> before_count;
};

class Runs : public ::testing::Test {
 protected:
  ~Runs() override {
    states.stop();
    engine->stop();
  }

  template <class Make>
  auto run(Make make) {
    return async::run_blocking(loops.at(0), std::move(make));
  }
  void write(std::string body) {
    const auto answer = run([&] {
      return store.send({.method = "POST",
                         .target = "/v2/namespaces/docs",
                         .headers = {{"content-type", "application/json"}},
                         .body = body});
    });
    ASSERT_EQ(answer->status, 200) << answer->body;
  }
  Result<queue::JobProgress> take(SnapshotParams params) {
    context.held.spec = {.kind = "snapshot", .ns = "docs", .params = print_params(params)};
    context.held.progress = {};
    return run([&] { return job.run(context); });
  }
  // Through the clock's present: everything that was written is in.
  void everything_is_indexed() {
    stability.now = {.stable_as_of_ms = core::SystemClock().wall_ms() + 60'000, .stable = true};
  }
  Body latest() {
    return *run([&] {
              return snapshots.find("docs", states.known("docs")->incarnation, {});
            })->body;
  }

  engine::storage::MemoryFileSystem files;
  async::Loops loops{1};
  async::CpuPool engine_pool{{.name = "engine"}};
  async::CpuPool pool{{.name = "codec"}};
  core::Logger log{{.level = core::LogLevel::kOff}};
  core::Metrics metrics;
  core::SystemClock clock;
  std::unique_ptr<engine::Engine> engine = *engine::Engine::open({.directory = "rows"}, files);
  store::EmbeddedStore store{{.engine = *engine,
                              .engine_pool = engine_pool,
                              .codec_pool = pool,
                              .log = log,
                              .body_bytes_max = 64 << 20}};
  namespaces::Router router{[this](std::string_view) { return &store; }};
  objects::MemoryStore objects{clock};
  namespaces::NoStateSource no_state;
  namespaces::StateCache states{
      {.source = no_state, .clock = clock, .loop = loops.at(0), .log = log}};
  PlaceFinder places{router, states};
  SnapshotStore snapshots{objects, pool, clock};
  PolicyStore policies{objects, clock, {.refresh = 0ms}};
  GivenStability stability;
  DirectContext context;
  SnapshotJob job{{.places = places,
                   .store = snapshots,
                   .policies = policies,
                   .stability = stability,
                   .pool = pool,
                   .clock = clock,
                   .metrics = metrics},
                  {.watermark_wait_max = 20ms, .watermark_look_every = 1ms}};
};

TEST_F(Runs, CountWhatTheRowsHold) {
  const std::uint64_t seed = core::random_u64();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  struct Row {
    std::optional<std::string> lang{};
    std::uint64_t year = 0;
    std::set<std::string> tags{};
  };
  std::map<int, Row> rows;
  for (int round = 0; round < 3; ++round) {
    std::string body = R"({"upsert_rows":[)";
    for (int i = 0; i < 60; ++i) {
      const int id = static_cast<int>(random() % 100);
      Row row{.year = 1990 + random() % 7};
      if (random() % 4 != 0) {
        row.lang = fmt::format("l{}", random() % 5);
      }
      std::string tags;
      for (std::size_t n = random() % 4; n > 0; --n) {
        const std::string tag = fmt::format("t{}", random() % 6);
        row.tags.insert(tag);
        tags += fmt::format(R"({}"{}")", tags.empty() ? "" : ",", tag);
      }
      if (rows.contains(id) && body.contains(fmt::format("\"id\":{},", id))) {
        continue;  // one write names an id once
      }
      body += fmt::format(R"({}{{"id":{},"year":{},"lang":{},"tags":[{}],)"
                          R"("_hevlayer_upserted_at":{}}})",
                          body.ends_with('[') ? "" : ",", id, row.year,
                          row.lang ? '"' + *row.lang + '"' : "null", tags, clock.wall_ms());
      rows[id] = std::move(row);
    }
    write(body + "]}");
    everything_is_indexed();
    const auto done = take({.fields = {"lang", "year", "tags"}, .source = Source::kOrigin});
    ASSERT_TRUE(done) << done.error().message;
    std::map<std::string, std::map<std::string, std::uint64_t>> expected;
    for (const auto& [id, row] : rows) {
      ++expected["year"][std::to_string(row.year)];
      if (row.lang) {
        ++expected["lang"][*row.lang];
      }
      for (const std::string& tag : row.tags) {
        ++expected["tags"][tag];
      }
    }
    const Body body_now = latest();
    EXPECT_EQ(body_now.row_count, rows.size());
    EXPECT_TRUE(body_now.exact);
    for (const FieldCounts& field : body_now.fields) {
      std::map<std::string, std::uint64_t> found;
      for (const ValueCount& value : field.values) {
        found[value.v] = value.n;
      }
      EXPECT_EQ(found, expected[field.name]) << field.name;
    }
    EXPECT_TRUE(body_now.find("tags")->array);
    EXPECT_EQ(body_now.find("year")->type, ValueType::kNumber);
  }
}

TEST_F(Runs, LeaveOutWhatWasWrittenAfterTheWatermark) {
  write(R"({"upsert_rows":[{"id":1,"lang":"de","_hevlayer_upserted_at":1000},)"
        R"({"id":2,"lang":"de","_hevlayer_upserted_at":3000},{"id":3,"lang":"fr"}]})");
  stability.now.stable_as_of_ms = 2000;
  ASSERT_TRUE(take({.fields = {"lang"}}));
  const Body body = latest();
  EXPECT_EQ(body.watermark_ms, 2000);
  EXPECT_EQ(body.row_count, 2U);
  EXPECT_EQ(body.rows_after_cut, 1U);
  EXPECT_FALSE(body.exact);
  EXPECT_EQ(body.find("lang")->count("de"), 1U);
  EXPECT_EQ(body.find("lang")->count("fr"), 1U) << "rows without a stamp are older than any";
}

TEST_F(Runs, FailWhereThereIsNoWatermarkOrNoNamespace) {
  write(R"({"upsert_rows":[{"id":1,"lang":"de"}]})");
  EXPECT_EQ(take({.fields = {"lang"}}).error().code, ErrorCode::kPreconditionFailed);
  everything_is_indexed();
  context.held.spec.ns = "nowhere";
  EXPECT_EQ(run([&] { return job.run(context); }).error().code, ErrorCode::kNotFound);
  context.stop = true;
  EXPECT_EQ(take({.fields = {"lang"}}).error().code, ErrorCode::kCancelled);
}

TEST_F(Runs, AreServedFromTheLatestWhereNothingCanHaveChanged) {
  write(R"({"upsert_rows":[{"id":1,"lang":"de","year":7}]})");
  everything_is_indexed();
  EXPECT_EQ(take({.fields = {"lang"}, .source = Source::kStored}).error().code,
            ErrorCode::kPreconditionFailed);
  ASSERT_TRUE(take({.fields = {"lang"}}));
  const auto again = take({.fields = {"lang"}});
  EXPECT_EQ(namespaces::raw_member(again->result, "effective_source"), "\"stored\"");
  // Another field is counted alone and joins the body.
  const auto joined = take({.fields = {"year"}});
  EXPECT_EQ(namespaces::raw_member(joined->result, "effective_source"), "\"origin\"");
  EXPECT_EQ(latest().find("lang")->count("de"), 1U);
  EXPECT_EQ(latest().find("year")->count("7"), 1U);
}

TEST_F(Runs, CountConfiguredFieldsAndSkipWhatCannotBeCounted) {
  write(
      R"({"upsert_rows":[{"id":1,"lang":"de","vector":[1,2]}],"distance_metric":"cosine_distance"})");
  everything_is_indexed();
  run([&] { return policies.write("docs", {.facet_fields = {"lang", "vector", "later"}}); });
  ASSERT_TRUE(take({.automatic = true}));
  const Body body = latest();
  EXPECT_EQ(body.find("lang")->count("de"), 1U);
  EXPECT_TRUE(body.find("later")->values.empty());
  EXPECT_EQ(body.find_skipped("vector")->reason, SkippedField::Reason::kUnsupported);
}

TEST_F(Runs, AFieldWithTooManyValuesCostsTheOthersNothing) {
  std::string body = R"({"upsert_rows":[)";
  for (int id = 0; id < 10'001; ++id) {
    body += fmt::format(R"({}{{"id":{},"title":"t{}","kind":"k{}"}})", id == 0 ? "" : ",", id, id,
                        id % 2);
  }
  write(body + "]}");
  everything_is_indexed();
  ASSERT_TRUE(take({.fields = {"title", "kind"}, .page_size = 5000}));
  EXPECT_EQ(latest().find_skipped("title")->reason, SkippedField::Reason::kExceededCap);
  EXPECT_EQ(latest().find("kind")->total(), 10'001U);
  // One value less is just what is kept.
  write(R"({"deletes":[10000]})");
  everything_is_indexed();
  ASSERT_TRUE(take({.fields = {"title", "kind"}, .source = Source::kOrigin, .page_size = 5000}));
  EXPECT_EQ(latest().find("title")->values.size(), 10'000U);
}

TEST_F(Runs, OfANamespaceThatIsDeletedMeanwhileLeaveNothing) {
  write(R"({"upsert_rows":[{"id":1,"lang":"de"}]})");
  everything_is_indexed();
  objects::MemoryStore& kept = objects;
  context.before_count = [&] {
    // On the loop: the put of a memory store answers at once.
    boost::asio::co_spawn(
        loops.at(0).get_executor(),
        [&]() -> async::Task<> {
          co_await kept.put(namespaces::tombstone_key("docs"),
                            namespaces::print_tombstone({.incarnation = 1, .deleted_at_ms = 5}),
                            {});
        },
        boost::asio::detached);
  };
  EXPECT_EQ(take({.fields = {"lang"}}).error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(run([&] { return objects.list("snapshots/", "", 10); })->objects.empty());
}

TEST_F(Runs, RetentionSparesTheLatestAndWhatHasAName) {
  std::vector<std::string> shas;
  Checkpoints checkpoints{snapshots, clock};
  for (int id = 0; id < 3; ++id) {
    write(fmt::format(R"({{"upsert_rows":[{{"id":{},"lang":"de"}}]}})", id));
    stability.now = {.stable_as_of_ms = 1000 + id, .stable = true};
    ASSERT_TRUE(take({.fields = {"lang"}, .source = Source::kOrigin}));
    shas.push_back(latest().sha);
    if (id == 0) {
      ASSERT_TRUE(run([&] { return checkpoints.create("docs", 0, "first"); }));
    }
  }
  Retention retention({.places = places,
                       .store = snapshots,
                       .checkpoints = checkpoints,
                       .policies = policies,
                       .clock = clock,
                       .metrics = metrics});
  EXPECT_EQ(run([&] { return retention.prune_all(); }), 0U) << "without a policy all is kept";
  run([&] { return policies.write("docs", {.retention = 1ms}); });
  EXPECT_EQ(run([&] { return retention.prune_all(); }), 1U);
  const auto history = *run([&] { return snapshots.history("docs", std::nullopt, 10); });
  ASSERT_EQ(history.size(), 2U);
  EXPECT_EQ(history[0].sha, shas[2]);
  EXPECT_EQ(history[1].sha, shas[0]);
}

TEST_F(Runs, OneGatewayPrunesUntilItEndsOrIsGone) {
  core::ManualClock time;
  queue::MemoryCoordination shared(time);
  Checkpoints checkpoints{snapshots, clock};
  const auto gateway = [&](std::string name) {
    return Retention({.places = places,
                      .store = snapshots,
                      .checkpoints = checkpoints,
                      .policies = policies,
                      .clock = clock,
                      .metrics = metrics,
                      .shared = &shared,
                      .gateway = std::move(name)});
  };
  Retention first = gateway("first");
  Retention second = gateway("second");
  run([&] { return policies.write("docs", {.retention = 1ms}); });
  int id = 0;
  const auto outdate_one = [&] {
    write(fmt::format(R"({{"upsert_rows":[{{"id":{},"lang":"de"}}]}})", id));
    stability.now = {.stable_as_of_ms = 1000 + id++, .stable = true};
    ASSERT_TRUE(take({.fields = {"lang"}, .source = Source::kOrigin}));
  };
  const auto prune = [&](Retention& one) { return run([&] { return one.prune_all(); }); };
  outdate_one();
  outdate_one();
  EXPECT_EQ(prune(first), 1U);
  outdate_one();
  EXPECT_EQ(prune(second), 0U) << "another has the lease";
  EXPECT_EQ(prune(first), 1U) << "who has it keeps it";
  run([&] { return first.resign(); });
  outdate_one();
  EXPECT_EQ(prune(second), 1U) << "it was given up";
  outdate_one();
  EXPECT_EQ(prune(first), 0U);
  time.advance(kPruneLease);
  EXPECT_EQ(prune(first), 1U) << "it ran out";
}

}  // namespace
}  // namespace layer::features::snapshots
