// Warms against a store and a cache that a test plays.
#include <gtest/gtest.h>

#include <thread>

#include <fmt/format.h>

#include "async/loops.h"
#include "async/run.h"
#include "core/random.h"
#include "features/namespaces/test_indexes.h"
#include "features/warm/print_warm.h"
#include "features/warm/reactive_warm.h"
#include "features/warm/test_warm_cache.h"
#include "features/warm/warm_cursor.h"
#include "features/warm/warm_job.h"
#include "features/warm/warm_service.h"
#include "json/document.h"
#include "queue/memory/memory_job_store.h"
#include "testing/fake_store.h"

namespace layer::features::warm {
namespace {

using namespace std::chrono_literals;
using queue::JobStatus;

class WarmTest : public ::testing::Test {
 protected:
  WarmTest() {
    store.script(
        [this](const layer::testing::SeenCall& call) -> async::Task<Result<store::Answer>> {
          co_return reply(call);
        });
    runner.add(job);
  }
  ~WarmTest() override {
    reactive.stop();
    runner.stop();
    states.stop();
  }

  static jobs::JobRunnerOptions quick() {
    jobs::JobRunnerOptions options;
    options.checkpoint_every = 0ms;
    options.look_every = 20ms;
    options.retry_first = 1ms;
    return options;
  }

  // A namespace "docs" of `row_count` rows with ids 1, 2, ...
  store::Answer reply(const layer::testing::SeenCall& call) {
    if (!call.target.starts_with("/v2/namespaces/docs/")) {
      return layer::testing::answer(404, R"({"status":"error","error":"no such namespace"})");
    }
    if (call.target.ends_with("/metadata")) {
      return layer::testing::answer(
          200, fmt::format(R"({{"schema":{{"id":{{"type":"uint"}},"n":{{"type":"int"}},)"
                           R"("vector":{{"type":"[2]f32"}}}},"approx_row_count":{},)"
                           R"("approx_logical_bytes":{},"last_write_at":"2026-01-01T00:00:0{}Z"}})",
                           row_count.load(), logical_bytes.load(),
                           writes++ % 10 * write_between_counts.load()));
    }
    const auto body = *json::Document::parse(call.body);
    if (body.root()["aggregate_by"].error() == simdjson::SUCCESS) {
      return layer::testing::answer(
          200, fmt::format(R"({{"aggregations":{{"n":{}}}}})",
                           row_count.load() + static_cast<std::uint64_t>(count_off.load())));
    }
    return page(body);
  }

  store::Answer page(const json::Document& body) {
    if (fail_pages > 0) {
      --fail_pages;
      return layer::testing::answer(500, R"({"status":"error","error":"hiccup"})");
    }
    EXPECT_EQ(std::string_view(body.root().at_pointer("/consistency/level").get_string()),
              "strong");
    std::uint64_t after = 0;
    if (body.root()["filters"].error() == simdjson::SUCCESS) {
      after = body.root().at_pointer("/filters/2").get_uint64();
    }
    const std::uint64_t limit = body.root()["top_k"].get_uint64();
    std::string rows;
    for (std::uint64_t id = after + 1; id <= std::min(row_count.load(), after + limit); ++id) {
      rows += fmt::format(R"({}{{"id":{},"n":{}}})", rows.empty() ? "" : ",", id, id * 10);
    }
    ++pages;
    if (after_page) {
      after_page(pages);
    }
    return layer::testing::answer(200, fmt::format(R"({{"rows":[{}]}})", rows));
  }

  template <class Make>
  auto run(Make make) {
    return async::run_blocking(loops.at(1), make);
  }
  void start_runner() {
    if (!std::exchange(runs, true)) {
      runner.start();
    }
  }
  // A job whose gateway stopped after that much of it.
  void leave_half_done(queue::JobSpec spec, queue::JobProgress progress) {
    ASSERT_TRUE(run([&] { return job_store.submit(spec, 10); }));
    ASSERT_TRUE(run(
        [&] { return job_store.claim({.gateway = "g0", .kinds = {"warm"}, .lease_for = 30s}); }));
    ASSERT_TRUE(*run([&] { return job_store.release({.id = spec.id, .epoch = 1}, progress); }));
    start_runner();
  }
  Result<queue::Job> start(WarmParams params = {}, std::string ns = "docs") {
    start_runner();
    return run([&] { return service.start({.ns = ns, .owner = "ann", .params = params}); });
  }
  queue::Job find(const std::string& id) {
    return **run([&] { return job_store.find(id); });
  }
  queue::Job await_end(const std::string& id) {
    for (;;) {
      queue::Job now = find(id);
      if (queue::is_over(now.status)) {
        return now;
      }
      std::this_thread::sleep_for(1ms);
    }
  }
  queue::Job warm(WarmParams params = {}) {
    const auto started = start(params);
    EXPECT_TRUE(started) << started.error().message;
    return await_end(started->spec.id);
  }
  void publish_index(bool staging, bool gateway_only) {
    auto object = namespaces::index({.name = "docs"});
    auto spec = *std::static_pointer_cast<const resources::IndexSpec>(object.spec);
    spec.cache = resources::IndexSpec::Cache{.ttl = 1h,
                                             .staging = staging,
                                             .cap_gib = std::nullopt,
                                             .writers_gateway_only = gateway_only};
    object.spec = std::make_shared<const resources::IndexSpec>(std::move(spec));
    router.publish({object});
  }
  static json::Document shown(const queue::Job& job) {
    json::Writer out;
    put_warm_job(out, job, 0);
    return *json::Document::parse(std::move(out).take());
  }

  std::atomic<std::uint64_t> row_count{2500};
  std::atomic<std::uint64_t> logical_bytes{1000};
  std::atomic<int> write_between_counts{0};  // 1: each look at the metadata shows another write
  std::atomic<int> writes{0};
  std::atomic<std::int64_t> count_off{0};
  std::atomic<int> fail_pages{0};
  std::atomic<int> pages{0};
  std::function<void(int)> after_page;

  core::ManualClock clock;
  core::Metrics metrics;
  core::Logger log{{.level = core::LogLevel::kOff}};
  async::Loops loops{2};
  async::CpuPool pool{{.name = "cut"}};
  layer::testing::FakeStore store;
  namespaces::Router router{[this](std::string_view) { return &store; }};
  namespaces::NoStateSource no_state;
  namespaces::StateCache states{
      {.source = no_state, .clock = clock, .loop = loops.at(0), .log = log}};
  PlaceFinder places{router, states};
  WarmTestCache cache;
  WarmStates warmth;
  WarmJob job{{.places = places,
               .cache = cache,
               .states = warmth,
               .pool = pool,
               .clock = clock,
               .metrics = metrics,
               .verify_again = 0ms}};
  queue::MemoryJobStore job_store{clock};
  jobs::JobRunner runner{{.store = job_store,
                          .gateway = "g1",
                          .clock = clock,
                          .metrics = metrics,
                          .log = log,
                          .loop = loops.at(0)},
                         quick()};
  bool runs = false;
  bool credential = true;
  std::function<bool(const store::VectorStore&)> has_credential =
      [this](const store::VectorStore&) { return credential; };
  WarmService service{{.runner = &runner,
                       .cache = &cache,
                       .places = places,
                       .has_credential = has_credential,
                       .cache_bytes_max = 1'000'000,
                       .pool = pool}};
  ReactiveWarm reactive{{.service = service,
                         .places = places,
                         .cache = cache,
                         .has_credential = has_credential,
                         .log = log,
                         .loop = loops.at(0)}};
};

TEST_F(WarmTest, fills_every_row_as_the_store_gave_it) {
  const queue::Job done = warm();
  EXPECT_EQ(done.status, JobStatus::kCompleted) << done.error;
  EXPECT_EQ(cache.rows.size(), 2500U);
  EXPECT_EQ(cache.rows.at(wire::Id(std::uint64_t{7})), R"({"n":70})");
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(done.progress.counters.scanned, 2500U);
  EXPECT_EQ(done.progress.counters.done, 2500U);
  EXPECT_EQ(done.progress.counters.failed, 0U);
  EXPECT_EQ(done.progress.counters.total, 2500U);
  EXPECT_EQ(done.progress.progress, 1);
  const auto printed = shown(done);
  EXPECT_TRUE(bool(printed.root()["complete"].get_bool()));
  EXPECT_EQ(std::int64_t(printed.root()["stable_as_of"].get_int64()), clock.wall_ms());
  EXPECT_EQ(std::string_view(printed.root()["namespace"].get_string()), "docs");
  EXPECT_EQ(std::uint64_t(printed.root()["documents_scanned"].get_uint64()), 2500U);
}

TEST_F(WarmTest, a_namespace_that_only_gateways_write_is_certified) {
  publish_index(false, true);
  EXPECT_TRUE(bool(shown(warm()).root()["certified"].get_bool()));
  EXPECT_EQ(cache.issued->rows, 2500U);
  const WarmState state = warmth.find("docs", cache.epoch);
  EXPECT_EQ(state.warmth, Warmth::kWarm);
  EXPECT_TRUE(state.certified);
  EXPECT_EQ(state.warmed_through_ms, clock.wall_ms());
  EXPECT_EQ(warmth.find("docs", cache.epoch + 1).warmth, Warmth::kCold);
}

TEST_F(WarmTest, one_that_anybody_writes_is_complete_but_not_certified) {
  const auto printed = shown(warm());
  EXPECT_TRUE(bool(printed.root()["complete"].get_bool()));
  EXPECT_FALSE(bool(printed.root()["certified"].get_bool()));
}

TEST_F(WarmTest, an_empty_namespace_is_warm_at_once) {
  row_count = 0;
  EXPECT_EQ(warm().status, JobStatus::kCompleted);
  EXPECT_EQ(cache.issued->rows, 0U);
}

TEST_F(WarmTest, pages_as_large_as_asked_for_are_filled_in_batches) {
  EXPECT_EQ(warm({.page_size = 2000}).progress.counters.done, 2500U);
  EXPECT_EQ(pages, 2);
  EXPECT_EQ(cache.fill_calls.size(), 3U);
  EXPECT_LE(*std::ranges::max_element(cache.fill_calls), cache::kBatchMax);
}

TEST_F(WarmTest, a_full_last_page_is_followed_by_an_empty_one) {
  row_count = 2000;
  EXPECT_EQ(warm().progress.counters.scanned, 2000U);
  EXPECT_EQ(pages, 3);
}

TEST_F(WarmTest, a_put_that_fails_once_is_repeated) {
  cache.fail_fills = 10;
  const queue::Job done = warm();
  EXPECT_EQ(done.progress.counters.done, 2500U);
  EXPECT_TRUE(bool(shown(done).root()["complete"].get_bool()));
}

TEST_F(WarmTest, a_put_that_fails_twice_ends_uncertified_and_not_failed) {
  publish_index(false, true);
  row_count = 500;
  cache.fail_fills = 600;  // the whole page, and 100 of its second try
  const queue::Job done = warm();
  EXPECT_EQ(done.status, JobStatus::kCompleted);
  EXPECT_EQ(done.progress.counters.failed, 100U);
  EXPECT_FALSE(bool(shown(done).root()["certified"].get_bool()));
  EXPECT_EQ(cache.certify_calls, 0);
  EXPECT_EQ(cache.count_calls, 2 * kVerifyTriesMax);
}

TEST_F(WarmTest, counts_that_differ_are_looked_at_three_times) {
  count_off = 1;
  EXPECT_FALSE(bool(shown(warm()).root()["complete"].get_bool()));
  EXPECT_EQ(cache.certify_calls, 0);
  EXPECT_EQ(cache.count_calls, 2 * kVerifyTriesMax);
}

TEST_F(WarmTest, counts_do_not_count_while_somebody_writes) {
  write_between_counts = 1;
  EXPECT_FALSE(bool(shown(warm()).root()["complete"].get_bool()));
  EXPECT_EQ(cache.certify_calls, 0);
}

TEST_F(WarmTest, what_was_dropped_under_way_is_not_certified) {
  after_page = [this](int page) { cache.generation += page == 2 ? 1 : 0; };
  EXPECT_FALSE(bool(shown(warm()).root()["complete"].get_bool()));
  EXPECT_EQ(cache.certify_calls, kVerifyTriesMax);
}

TEST_F(WarmTest, without_verifying_nothing_is_counted) {
  EXPECT_FALSE(bool(shown(warm({.verify = false})).root()["complete"].get_bool()));
  EXPECT_EQ(cache.count_calls, 0);
}

TEST_F(WarmTest, a_store_that_hiccups_is_asked_again_from_the_last_page_on) {
  after_page = [this](int page) { fail_pages = page == 2 ? 1 : 0; };
  EXPECT_EQ(warm().status, JobStatus::kCompleted);
  EXPECT_EQ(cache.rows.size(), 2500U);
}

TEST_F(WarmTest, a_second_warm_is_the_one_that_runs) {
  cache.before_fill = [] { std::this_thread::sleep_for(5ms); };
  const auto first = start({.page_size = 100});
  const auto second = start({.page_size = 7});
  EXPECT_EQ(first->spec.id, second->spec.id);
  await_end(first->spec.id);
  EXPECT_NE(start()->spec.id, first->spec.id);
}

TEST_F(WarmTest, a_cancelled_warm_stops_between_pages) {
  const auto started = start({.page_size = 10});
  while (pages < 2) {
    std::this_thread::sleep_for(1ms);
  }
  ASSERT_TRUE(run([&] { return runner.cancel(started->spec.id); }));
  runner.stop();
  EXPECT_EQ(find(started->spec.id).status, JobStatus::kCancelled);
  EXPECT_LE(warmth.find("docs", 1).in_flight, 0U);
}

TEST_F(WarmTest, goes_on_from_its_cursor_while_what_was_filled_still_counts) {
  queue::JobSpec spec{.id = core::time_ordered_uuid(clock.wall_ms()), .kind = "warm", .ns = "docs"};
  WarmCursor cursor{.ticket = {.epoch = 1, .generation = 1},
                    .begun_ms = 77,
                    .last_id = wire::Id(std::uint64_t{2000})};
  for (std::uint64_t id = 1; id <= 2000; ++id) {
    cache.rows[id] = "{}";
  }
  leave_half_done(spec, {.cursor = print_cursor(cursor), .counters = {.scanned = 2000}});
  const queue::Job done = await_end(spec.id);
  EXPECT_EQ(pages, 1);
  EXPECT_EQ(done.progress.counters.scanned, 2500U);
  EXPECT_EQ(cache.issued->watermark_ms, 77);
}

TEST_F(WarmTest, begins_anew_where_the_cache_has_forgotten_what_was_filled) {
  queue::JobSpec spec{.id = core::time_ordered_uuid(clock.wall_ms()), .kind = "warm", .ns = "docs"};
  WarmCursor cursor{.ticket = {.epoch = 1, .generation = 1},
                    .last_id = wire::Id(std::uint64_t{2000})};
  cache.epoch = 2;
  leave_half_done(spec, {.cursor = print_cursor(cursor), .counters = {.scanned = 2000}});
  const queue::Job done = await_end(spec.id);
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(done.progress.counters.scanned, 2500U);
  EXPECT_EQ(cache.rows.size(), 2500U);
  EXPECT_TRUE(bool(shown(done).root()["complete"].get_bool()));
}

TEST_F(WarmTest, a_cache_that_went_away_is_waited_for) {
  after_page = [this](int page) { cache.is_usable = page != 1; };
  fail_pages = 1;
  EXPECT_EQ(warm().status, JobStatus::kCompleted);
}

TEST_F(WarmTest, what_speaks_against_a_warm_is_told) {
  const auto refused = start({}, "nowhere");
  EXPECT_EQ(refused.error().code, ErrorCode::kNotFound);
  EXPECT_NE(refused.error().message.find("no such namespace"), std::string::npos);

  logical_bytes = 1'000'001;
  EXPECT_EQ(start().error().code, ErrorCode::kValidation);
  logical_bytes = 1;

  cache.is_usable = false;
  EXPECT_EQ(start().error().code, ErrorCode::kCacheCold);
  cache.is_usable = true;

  credential = false;
  const auto passthrough =
      run([&] { return service.start({.ns = "docs", .owner = "x", .passthrough = true}); });
  EXPECT_EQ(passthrough.error().code, ErrorCode::kFeatureUnavailable);
  EXPECT_EQ(passthrough.error().fields.back().value, "background_credential");
  EXPECT_TRUE(start());  // a caller with a key of the gateway's

  WarmService no_queue({.runner = nullptr, .cache = &cache, .places = places, .pool = pool});
  const auto without = run([&] { return no_queue.start({.ns = "docs", .owner = "x"}); });
  EXPECT_EQ(without.error().fields.back().value, "queue_database");
}

TEST_F(WarmTest, the_first_miss_of_a_namespace_that_wants_it_starts_a_warm) {
  start_runner();
  publish_index(false, false);
  reactive.missed("docs");
  reactive.missed("docs");
  while (warmth.find("docs", cache.epoch).warmth != Warmth::kWarm) {
    std::this_thread::sleep_for(1ms);
  }
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(run([&] { return job_store.list({}, {}, 10); })->size(), 1U);
  cache.epoch = 2;  // the cache was lost and is back
  reactive.missed("docs");
  while (warmth.find("docs", cache.epoch).warmth != Warmth::kWarm) {
    std::this_thread::sleep_for(1ms);
  }
}

TEST_F(WarmTest, misses_of_other_namespaces_start_none) {
  start_runner();
  reactive.missed("docs");  // no Index wants it
  publish_index(true, false);
  reactive.missed("docs");  // staging: filled by writes
  reactive.stop();
  EXPECT_TRUE(run([&] { return job_store.list({}, {}, 10); })->empty());
}

TEST(WarmCursor, reads_back_what_it_prints) {
  const wire::Uuid uuid{{1, 2, 3, 255}};
  for (const std::optional<wire::Id>& id :
       {std::optional<wire::Id>(), std::optional<wire::Id>(UINT64_MAX),
        std::optional<wire::Id>(uuid), std::optional<wire::Id>(std::string("ä\0"))}) {
    const WarmCursor cursor{.ticket = {.epoch = 1, .generation = UINT64_MAX, .losses = 3},
                            .begun_ms = -5,
                            .last_id = id,
                            .all_read = true};
    const auto read = parse_cursor(print_cursor(cursor));
    ASSERT_TRUE(read);
    EXPECT_TRUE(still_holds(read->ticket, cursor.ticket));
    EXPECT_EQ(read->begun_ms, -5);
    EXPECT_EQ(read->last_id, id);
    EXPECT_TRUE(read->all_read);
  }
  for (const std::string_view wrong : {"", "AA", "AQ", "no base64!"}) {
    EXPECT_FALSE(parse_cursor(wrong)) << wrong;
  }
}

TEST(WarmParams, are_read_and_checked) {
  EXPECT_EQ(parse_params("{}"), WarmParams());
  const WarmParams all{.page_size = 7, .threads = 2, .rows_per_second = 9, .verify = false};
  EXPECT_EQ(parse_params(print_params(all)), all);
  EXPECT_TRUE(parse_params(R"({"vectors":false})"));
  for (const std::string_view wrong :
       {R"({"page_size":0})", R"({"page_size":10001})", R"({"page_size":1.5})", R"({"threads":33})",
        R"({"verify":1})", R"({"vectors":true})", R"({"other":1})", "[]", "{"}) {
    const auto refused = parse_params(wrong);
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().code, ErrorCode::kValidation);
  }
  WarmParams params;
  EXPECT_TRUE(set_param(params, "page_size", "25"));
  EXPECT_EQ(params.page_size, 25U);
  EXPECT_FALSE(set_param(params, "page_size", "x"));
}

}  // namespace
}  // namespace layer::features::warm
