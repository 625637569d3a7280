// Layouts over a real engine: rows get their shard, whatever happens to the job meanwhile.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include <fmt/format.h>

#include "async/loops.h"
#include "async/run.h"
#include "engine/engine.h"
#include "engine/storage/memory_file_system.h"
#include "features/layout/backfill_job.h"
#include "features/layout/backfill_params.h"
#include "features/layout/shard_patch.h"
#include "features/namespaces/object_state_source.h"
#include "features/pages/row_count.h"
#include "features/shards/shards.h"
#include "features/writes/shard.h"
#include "objects/memory_store.h"
#include "queue/memory/memory_job_store.h"
#include "testing/fake_store.h"

namespace layer::features::layout {
namespace {

using namespace std::chrono_literals;
using namespaces::Layout;
using queue::JobStatus;

TEST(InitParams, ReadsWhatCallersMayAsk) {
  EXPECT_EQ(*parse_init(""), InitParams{});
  EXPECT_EQ(*parse_init("{}"), InitParams{});
  EXPECT_EQ(
      *parse_init(R"({"schema_version":2,"shard_count":16,"scatter":"scans","reshard":true})"),
      (InitParams{
          .schema_version = 2, .shard_count = 16, .scatter_queries = false, .reshard = true}));
  for (const char* body : {"[]", "x", R"({"shard_count":0})", R"({"shard_count":1025})",
                           R"({"shard_count":"4"})", R"({"schema_version":0})",
                           R"({"scatter":"none"})", R"({"reshard":1})", R"({"shards":4})"}) {
    const auto params = parse_init(body);
    ASSERT_FALSE(params) << body;
    EXPECT_EQ(params.error().code, ErrorCode::kValidation) << body;
  }
}

TEST(ApplyInit, KeepsWhatIsNotAskedFor) {
  const auto none = *apply_init(std::nullopt, {}, false, 5);
  EXPECT_EQ(none, Layout{});
  const auto first = *apply_init(std::nullopt, {.shard_count = 4}, false, 5);
  EXPECT_EQ(first.state, Layout::State::kBackfilling);
  EXPECT_EQ(first.started_at_ms, 5);
  EXPECT_TRUE(first.stamps_rows);
  EXPECT_FALSE(first.reshard);
  EXPECT_EQ(*apply_init(first, {.shard_count = 4}, true, 9), first);
  EXPECT_EQ(apply_init(first, {.schema_version = 7}, true, 9)->schema_version, 7U);
  EXPECT_EQ(apply_init(first, {.shard_count = 8}, true, 9).error().code, ErrorCode::kConflict);
}

TEST(ApplyInit, ReshardsWithoutRowsOfTwoLayoutsAtOnce) {
  Layout ready{.shard_count = 4, .state = Layout::State::kReady, .started_at_ms = 5};
  const auto again = *apply_init(ready, {.shard_count = 8, .reshard = true}, true, 5);
  EXPECT_EQ(again.state, Layout::State::kBackfilling);
  EXPECT_GT(again.started_at_ms, ready.started_at_ms);
  EXPECT_TRUE(again.reshard);
  EXPECT_FALSE(again.stamps_rows);
  // All rows are looked at again; meanwhile written ones get the same shards as before.
  const auto same = *apply_init(ready, {.shard_count = 4, .reshard = true}, true, 9);
  EXPECT_EQ(same.state, Layout::State::kBackfilling);
  EXPECT_TRUE(same.reshard && same.stamps_rows);
  EXPECT_EQ(*apply_init(same, {.shard_count = 4, .reshard = true}, true, 11), same);
  // Shards that came with a copy are of no known layout.
  EXPECT_TRUE(apply_init(std::nullopt, {.shard_count = 4}, true, 5)->reshard);
}

TEST(BackfillCursor, KeepsTheKindOfAnId) {
  for (const wire::Id& id : {wire::Id(std::uint64_t{18'446'744'073'709'551'615U}),
                             wire::Id(std::string("7\"\\")), wire::Id(wire::Uuid{})}) {
    const BackfillCursor cursor{.after = id, .found = 3};
    EXPECT_EQ(parse_cursor(print_cursor(cursor)), cursor);
  }
  EXPECT_EQ(parse_cursor(""), BackfillCursor{});
  EXPECT_EQ(parse_cursor(R"({"found":1,"kind":"uint","after":"x"})"), BackfillCursor{});
}

class LayoutTest : public ::testing::Test {
 protected:
  LayoutTest() {
    store.script(
        [this](const layer::testing::SeenCall& call) -> async::Task<Result<store::Answer>> {
          co_return reply(call);
        });
    runner.add(job);
    upsert(1, 2500);
  }
  ~LayoutTest() override {
    runner.stop();
    states.stop();
    engine->stop();
  }

  static jobs::JobRunnerOptions quick() {
    jobs::JobRunnerOptions options;
    options.checkpoint_every = 0ms;
    options.look_every = 20ms;
    options.retry_first = 1ms;
    return options;
  }

  store::Answer reply(const layer::testing::SeenCall& call) {
    if (call.body.starts_with(R"({"patch_columns")")) {
      ++patches;
      if (refusals > 0) {
        --refusals;
        return {.status = 429, .headers = {{"retry-after-ms", "1"}}, .body = R"({"error":"busy"})"};
      }
      if (on_patch) {
        on_patch(patches);
      }
    }
    auto response = ask(call.method, call.target, call.body);
    return {.status = response.status, .body = std::move(response.body)};
  }
  wire::Response ask(std::string_view method, std::string target, std::string body) {
    return engine->handle({.method = method == "GET" ? wire::Method::kGet : wire::Method::kPost,
                           .path = std::move(target),
                           .query = {},
                           .body = std::move(body)});
  }
  void upsert(std::uint64_t first, std::uint64_t last, std::optional<std::uint32_t> shards = {}) {
    std::string rows;
    for (std::uint64_t id = first; id <= last; ++id) {
      rows += fmt::format(
          R"({}{{"id":{},"n":{}{}}})", rows.empty() ? "" : ",", id, id,
          shards ? fmt::format(R"(,"_hevlayer_shard":{})", writes::shard_of(wire::Id(id), *shards))
                 : "");
    }
    const auto done = ask("POST", "/v2/namespaces/docs", R"({"upsert_rows":[)" + rows + "]}");
    ASSERT_EQ(done.status, 200) << done.body;
  }

  template <class Make>
  auto run(Make make) {
    return async::run_blocking(loops.at(1), make);
  }
  Result<InitService::Outcome> init(InitParams params, std::string ns = "docs") {
    if (!std::exchange(runs, true)) {
      runner.start();
    }
    return run([&] { return service.init({.ns = ns, .owner = "ann", .params = params}); });
  }
  queue::Job await_end(const std::string& id) {
    for (;;) {
      const auto found = run([&] { return job_store.find(id); });
      if (queue::is_over((**found).status)) {
        return **found;
      }
      std::this_thread::sleep_for(1ms);
    }
  }
  queue::Job backfill(InitParams params) {
    const auto outcome = init(params);
    EXPECT_TRUE(outcome) << outcome.error().message;
    EXPECT_TRUE(outcome->job_id);
    return await_end(outcome->job_id.value_or(""));
  }
  Layout layout() {
    return *run([&] { return read_layout(objects, "docs"); })->layout;
  }
  std::uint64_t count(std::string filter) {
    const documents::Origin origin{.store = &store, .physical = "docs", .authorization = {}};
    const auto rows = run([&] {
      return pages::count_rows(origin, filter, documents::Level::kStrong,
                               async::SteadyClock::now() + 60s);
    });
    EXPECT_TRUE(rows) << rows.error().message;
    return rows.value_or(0);
  }
  // Every row carries the shard of its id.
  void expect_sharded(std::uint64_t rows, std::uint32_t shards) {
    EXPECT_EQ(count(R"(["_hevlayer_shard","Eq",null])"), 0U);
    std::uint64_t all = 0;
    for (std::uint32_t shard = 0; shard < shards; ++shard) {
      std::uint64_t expected = 0;
      for (std::uint64_t id = 1; id <= rows; ++id) {
        expected += writes::shard_of(wire::Id(id), shards) == shard ? 1 : 0;
      }
      const std::uint64_t held = count(shards::shard_filter(shard, shards));
      EXPECT_EQ(held, expected) << shard;
      all += held;
    }
    EXPECT_EQ(all, rows);
  }

  std::atomic<int> patches{0};
  std::atomic<int> refusals{0};
  std::function<void(int)> on_patch;

  core::SystemClock clock;
  core::Metrics metrics;
  core::Logger log{{.level = core::LogLevel::kOff}};
  async::Loops loops{2};
  async::CpuPool pool{{.name = "cut"}};
  engine::storage::MemoryFileSystem files;
  std::unique_ptr<engine::Engine> engine = *engine::Engine::open({.directory = "rows"}, files);
  layer::testing::FakeStore store;
  objects::MemoryStore objects{clock};
  namespaces::Router router{[this](std::string_view) { return &store; }};
  namespaces::ObjectStateSource state_source{objects};
  namespaces::StateCache states{
      {.source = state_source, .clock = clock, .loop = loops.at(0), .log = log}};
  freshness::HybridClock hlc{clock, 7, metrics};
  std::atomic<int> changes{0};
  const std::function<void(std::string_view)> changed = [this](std::string_view ns) {
    ++changes;
    states.forget(ns);
  };
  BackfillJob job{{.objects = objects,
                   .router = router,
                   .states = states,
                   .hlc = hlc,
                   .cache = nullptr,
                   .pool = pool,
                   .clock = clock,
                   .metrics = metrics,
                   .changed = changed,
                   .wait = 0ms,
                   .batch_size = 100,
                   .pages_per_second = 0,
                   .record_every = 0ms}};
  queue::MemoryJobStore job_store{clock};
  jobs::JobRunner runner{{.store = job_store,
                          .gateway = "g1",
                          .clock = clock,
                          .metrics = metrics,
                          .log = log,
                          .loop = loops.at(0)},
                         quick()};
  bool runs = false;
  InitService service{{.runner = &runner,
                       .objects = &objects,
                       .router = router,
                       .states = states,
                       .clock = clock,
                       .changed = changed,
                       .has_credential = [](const store::VectorStore&) { return true; }}};
};

TEST_F(LayoutTest, GivesEveryRowItsShard) {
  const queue::Job done = backfill({.shard_count = 4});
  EXPECT_EQ(done.status, JobStatus::kCompleted) << done.error;
  EXPECT_EQ(changes, 2) << "when it began and when it was ready, not with each page";
  EXPECT_EQ(done.progress.counters.done, 2500U);
  EXPECT_EQ(patches, 25);
  expect_sharded(2500, 4);
  const Layout now = layout();
  EXPECT_EQ(now.state, Layout::State::kReady);
  EXPECT_EQ(now.migrated, 2500U);
  EXPECT_TRUE(now.completed_at_ms.has_value());
}

TEST_F(LayoutTest, AsksForNoJobWithoutShards) {
  const auto outcome = init({.schema_version = 3});
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_FALSE(outcome->job_id);
  EXPECT_EQ(layout().schema_version, 3U);
  EXPECT_EQ(layout().state, Layout::State::kUnsharded);
}

TEST_F(LayoutTest, RefusesAnotherCountAndUnknownNamespaces) {
  EXPECT_EQ(init({.shard_count = 4}, "nothing").error().code, ErrorCode::kNotFound);
  backfill({.shard_count = 4});
  const auto same = init({.shard_count = 4});
  ASSERT_TRUE(same);
  EXPECT_FALSE(same->job_id);  // it is ready
  EXPECT_EQ(init({.shard_count = 8}).error().code, ErrorCode::kConflict);
}

TEST_F(LayoutTest, FindsRowsThatWereWrittenBehindItsBack) {
  on_patch = [&](int patch) {
    if (patch == 20) {
      upsert(1, 50);  // by a writer that knows no layout: their shards are gone
    }
  };
  const queue::Job done = backfill({.shard_count = 4});
  EXPECT_EQ(done.progress.counters.done, 2550U);
  expect_sharded(2500, 4);
}

TEST_F(LayoutTest, WaitsWhenTheStoreAsksTo) {
  refusals = 3;
  const queue::Job done = backfill({.shard_count = 2});
  EXPECT_EQ(done.status, JobStatus::kCompleted) << done.error;
  EXPECT_EQ(patches, 28);
  expect_sharded(2500, 2);
}

TEST_F(LayoutTest, MovesRowsToTheirNewShards) {
  backfill({.shard_count = 4});
  patches = 0;
  const queue::Job done = backfill({.shard_count = 8, .reshard = true});
  EXPECT_EQ(done.status, JobStatus::kCompleted) << done.error;
  EXPECT_LT(done.progress.counters.done, 2500U);  // those that stay are not written
  expect_sharded(2500, 8);
  EXPECT_TRUE(layout().stamps_rows);
  EXPECT_FALSE(layout().reshard);
}

TEST_F(LayoutTest, GoesOnWhereAnotherGatewayStopped) {
  const auto outcome = *apply_init(std::nullopt, {.shard_count = 4}, false, clock.wall_ms());
  ASSERT_TRUE(run([&] { return replace_layout(objects, "docs", {}, outcome); }));
  const queue::JobSpec spec{
      .id = "j",
      .kind = "init",
      .ns = "docs",
      .params = print_backfill_params({.started_at_ms = outcome.started_at_ms})};
  ASSERT_TRUE(run([&] { return job_store.submit(spec, 10); }));
  ASSERT_TRUE(
      run([&] { return job_store.claim({.gateway = "g0", .kinds = {"init"}, .lease_for = 30s}); }));
  // Rows up to 2000 were read, none of them patched in truth: the next pass finds them.
  const queue::JobProgress progress{
      .cursor = print_cursor({.after = wire::Id(std::uint64_t{2000}), .found = 2000})};
  ASSERT_TRUE(*run([&] { return job_store.release({.id = "j", .epoch = 1}, progress); }));
  runner.start();
  const queue::Job done = await_end("j");
  EXPECT_EQ(done.status, JobStatus::kCompleted) << done.error;
  expect_sharded(2500, 4);
  EXPECT_EQ(layout().state, Layout::State::kReady);
}

TEST_F(LayoutTest, EndsWhenItsLayoutWasReplaced) {
  on_patch = [&](int patch) {
    if (patch == 3) {
      Layout other = layout();
      other.started_at_ms += 1;
      const auto before = run([&] { return read_layout(objects, "docs"); });
      ASSERT_TRUE(run([&] { return replace_layout(objects, "docs", *before, other); }));
    }
  };
  const queue::Job done = backfill({.shard_count = 4});
  EXPECT_EQ(done.progress.result, R"({"state":"superseded"})");
  EXPECT_EQ(layout().state, Layout::State::kBackfilling);
  EXPECT_LT(patches, 5);
}

}  // namespace
}  // namespace layer::features::layout
