// Jobs of scans over a real engine: what they find is what a reader of all rows finds, whatever the
// source, the shards, and however often the work is cut off.
#include <algorithm>
#include <map>
#include <random>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "async/loops.h"
#include "async/run.h"
#include "core/random.h"
#include "engine/engine.h"
#include "engine/storage/memory_file_system.h"
#include "features/namespaces/layout.h"
#include "features/scans/counter.h"
#include "features/scans/scan_job.h"
#include "features/scans/value_lists.h"
#include "features/scans/values_state.h"
#include "features/shards/shards.h"
#include "objects/faulty_store.h"
#include "objects/memory_store.h"
#include "store/embedded/embedded_store.h"

namespace layer::features::scans {
namespace {

using namespace std::chrono_literals;

// The work is told to stop once it has asked so often.
class CutContext final : public jobs::JobContext {
 public:
  const queue::Job& job() const override { return held; }
  async::Task<Result<void>> reached(queue::JobProgress progress) override {
    held.progress = std::move(progress);
    if (stop_after-- == 0) {
      stopped = true;
      co_return fail(ErrorCode::kCancelled, "the job is to stop");
    }
    co_return Result<void>{};
  }
  bool stopping() const override { return stopped; }

  int stop_after = -1;
  bool stopped = false;
  queue::Job held{};
};

// A namespace with as many shards as a test wants.
struct GivenLayout final : namespaces::StateSource {
  async::Task<Result<namespaces::StateObject>> read(std::string key, std::string) override {
    if (shards < 2 || key != namespaces::layout_key("docs")) {
      co_return namespaces::StateObject{};
    }
    co_return namespaces::StateObject{
        .kind = namespaces::StateObject::Kind::kFound,
        .body = namespaces::print_layout(
            {.shard_count = shards, .state = namespaces::Layout::State::kReady}),
        .etag = "1"};
  }
  std::uint32_t shards = 1;
};

// A namespace without a layout that a snapshot knows.
struct GivenSnapshot final : SnapshotCounts {
  async::Task<Result<std::optional<SnapshotAnswer>>> look(SnapshotQuestion question) override {
    co_return question.filter.empty() && question.field == "colour" ? answer : std::nullopt;
  }
  std::optional<SnapshotAnswer> answer{};
};

class ScanJobs : public ::testing::TestWithParam<std::uint32_t> {
 protected:
  ScanJobs() { layout.shards = GetParam(); }
  ~ScanJobs() override {
    states.stop();
    engine->stop();
  }

  template <class Make>
  auto run(Make make) {
    return async::run_blocking(loops.at(0), std::move(make));
  }
  void write(const std::string& body) {
    const auto answer = run([&] {
      return store.send({.method = "POST",
                         .target = "/v2/namespaces/docs",
                         .headers = {{"content-type", "application/json"}},
                         .body = body});
    });
    ASSERT_EQ(answer->status, 200) << answer->body;
  }

  struct Row {
    std::optional<std::string> colour{};
    std::set<std::string> tags{};
    std::uint64_t number = 0;
  };
  void write_random_rows(std::size_t count, std::size_t colours) {
    std::string body = R"({"upsert_rows":[)";
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t id = random() % (count * 2);
      Row row{.number = random() % 50};
      std::string text = fmt::format(R"({{"id":{},"number":{})", id, row.number);
      if (random() % 5 != 0) {
        row.colour = fmt::format("c\"{}", random() % colours);
        text += fmt::format(R"(,"colour":"c\"{}")", row.colour->substr(2));
      }
      text += R"(,"tags":[)";
      for (std::size_t n = random() % 4; n > 0; --n) {
        const std::string tag = fmt::format("t{}", random() % 6);
        row.tags.insert(tag);
        text += fmt::format(R"("{}",)", tag);
      }
      text += R"("all"])";
      row.tags.insert("all");
      if (layout.shards > 1 && random() % 3 != 0) {
        text += fmt::format(R"(,"_hevlayer_shard":{})", id % layout.shards);
      }
      if (!rows.contains(id)) {
        body += (body.ends_with('[') ? "" : ",") + text + "}";
        rows[id] = std::move(row);
      }
    }
    write(
        body +
        R"(],"schema":{"colour":"string","number":"int","tags":"[]string","_hevlayer_shard":"uint"}})");
  }

  Result<queue::JobProgress> begin(const std::string& ask) {
    ++jobs;
    context.held = {};
    context.held.spec.id = fmt::format("0190aaaa-0000-7000-8000-{:012}", jobs);
    context.held.spec.ns = "docs";
    const auto parsed = parse_ask(ask);
    EXPECT_TRUE(parsed) << parsed.error().message;
    context.held.spec.params = print_params({.text = ask, .ask = *parsed});
    return go_on();
  }
  // As the next gateway that gets the lease.
  Result<queue::JobProgress> go_on() {
    ++context.held.lease.epoch;
    context.stopped = false;
    return run([&] { return job.run(context); });
  }
  std::string lines() {
    const auto manifest = *run([&] { return spool::read_manifest(objects, context.held.spec.id); });
    const auto all = manifest.value_or(spool::Manifest{});
    std::string text;
    for (std::uint64_t at = 0; at < all.lines();) {
      const auto more = run([&] { return spool::read_lines(objects, pool, all, at, all.lines()); });
      text += more->text;
      at += more->count;
    }
    return text;
  }
  std::vector<std::uint64_t> ids() {
    std::vector<std::uint64_t> out;
    std::string text = lines();
    for (std::string_view rest = text; !rest.empty();) {
      const std::size_t end = rest.find('\n');
      out.push_back(std::stoull(std::string(id_of_line(rest.substr(0, end)))));
      rest.remove_prefix(end + 1);
    }
    return out;
  }
  std::vector<ValueCount> expected(const std::string& field) {
    std::map<std::string, std::uint64_t> counts;
    for (const auto& [id, row] : rows) {
      if (field == "colour" && row.colour) {
        ++counts[*row.colour];
      } else if (field == "number") {
        ++counts[std::to_string(row.number)];
      } else if (field == "tags") {
        for (const std::string& tag : row.tags) {
          ++counts[tag];
        }
      }
    }
    std::vector<ValueCount> values;
    for (const auto& [v, n] : counts) {
      values.push_back({.v = v, .n = n});
    }
    std::ranges::sort(values, ranks_before);
    return values;
  }
  std::vector<std::uint64_t> expected_ids() const {
    std::vector<std::uint64_t> all;
    for (const auto& [id, row] : rows) {
      all.push_back(id);
    }
    return all;
  }

  const std::uint64_t seed = core::random_u64();
  std::mt19937_64 random{seed};
  ::testing::ScopedTrace trace{__FILE__, __LINE__, "seed " + std::to_string(seed)};
  std::map<std::uint64_t, Row> rows;
  int jobs = 0;
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
  GivenLayout layout;
  namespaces::StateCache states{
      {.source = layout, .clock = clock, .loop = loops.at(0), .log = log}};
  PlaceFinder places{router, states};
  GivenSnapshot snapshot;
  // Small limits, so that little data does what much would do.
  ScanJob job{{.places = places,
               .objects = objects,
               .pool = pool,
               .metrics = metrics,
               .snapshots = &snapshot,
               .show_every = 0ms,
               .keep_every = 0ms,
               .limits = {.bytes_max = 2000}}};
  CutContext context;
};
INSTANTIATE_TEST_SUITE_P(Shards, ScanJobs, ::testing::Values(1U, 3U));

TEST_P(ScanJobs, ids_are_those_of_all_rows) {
  write_random_rows(300, 10);
  const auto ended = begin(R"({"mode":"ids","page_size":17})");
  ASSERT_TRUE(ended) << ended.error().message;
  auto found = ids();
  if (layout.shards == 1) {
    EXPECT_TRUE(std::ranges::is_sorted(found));
  }
  std::ranges::sort(found);
  EXPECT_EQ(found, expected_ids());
  EXPECT_EQ(ended->progress, 1.0);
  EXPECT_EQ(ended->counters.done, rows.size());
  EXPECT_EQ(parse_result(ended->result).source, "origin");
  EXPECT_EQ(parse_result(ended->result).threads, layout.shards);
}

TEST_P(ScanJobs, ids_are_the_same_however_often_the_work_is_cut_off) {
  write_random_rows(200, 10);
  ASSERT_TRUE(begin(R"({"mode":"ids","page_size":13})"));
  const std::string undisturbed = lines();
  context.stop_after = static_cast<int>(random() % 3);
  auto ended = begin(R"({"mode":"ids","page_size":13})");
  for (int tries = 0; !ended && tries < 100; ++tries) {
    ASSERT_EQ(ended.error().code, ErrorCode::kCancelled);
    ASSERT_TRUE(undisturbed.starts_with(lines()));
    context.stop_after = 1 + static_cast<int>(random() % 3);
    ended = go_on();
  }
  context.stop_after = -1;
  ASSERT_TRUE(ended);
  EXPECT_EQ(lines(), undisturbed);
  ASSERT_TRUE(go_on());  // a process that died between the last line and the job's end
  EXPECT_EQ(lines(), undisturbed);
}

TEST_P(ScanJobs, values_are_those_of_all_rows) {
  write_random_rows(300, 120);
  for (const std::string field : {"colour", "number", "tags"}) {
    const auto ended = begin(R"({"mode":"values","source":"origin","field":")" + field + "\"}");
    ASSERT_TRUE(ended) << ended.error().message;
    EXPECT_EQ(*parse_value_lines(lines()), expected(field)) << field;
    const ScanResult result = parse_result(ended->result);
    EXPECT_EQ(result.unique_values, expected(field).size());
    EXPECT_FALSE(result.truncated);
  }
}

TEST_P(ScanJobs, values_are_the_same_however_often_the_work_is_cut_off) {
  write_random_rows(300, 120);
  // An attribute that the store does not group is read row by row.
  write(
      R"({"patch_rows":[{"id":100000,"text":"x"}],"schema":{"text":{"type":"string","filterable":false}}})");
  std::string body = R"({"patch_rows":[)";
  for (const auto& [id, row] : rows) {
    body += fmt::format(R"({{"id":{},"text":"{}"}},)", id, row.number % 40);
  }
  body.back() = ']';
  write(body + "}");
  for (const std::string field : {"colour", "text", "tags"}) {
    const std::string ask =
        R"({"mode":"values","source":"origin","page_size":11,"field":")" + field + "\"}";
    ASSERT_TRUE(begin(ask));
    const std::string undisturbed = lines();
    EXPECT_FALSE(undisturbed.empty());
    context.stop_after = 0;
    auto ended = begin(ask);
    for (int tries = 0; !ended && tries < 200; ++tries) {
      ASSERT_EQ(ended.error().code, ErrorCode::kCancelled) << ended.error().message;
      context.stop_after = 1 + static_cast<int>(random() % 2);
      ended = go_on();
    }
    context.stop_after = -1;
    ASSERT_TRUE(ended);
    EXPECT_EQ(lines(), undisturbed) << field;
    ASSERT_TRUE(go_on());
    EXPECT_EQ(lines(), undisturbed) << field;
  }
}

TEST_P(ScanJobs, counts_add_up) {
  for (int round = 0; round < 4; ++round) {
    write_random_rows(60, 7);
    const std::uint64_t above = random() % 50;
    const std::string filter = fmt::format(R"("filters":["number","Gte",{}])", above);
    ASSERT_TRUE(begin(R"({"mode":"ids",)" + filter + "}"));
    const std::size_t found = ids().size();
    const auto counted = run([&]() -> async::Task<Result<Counter::Outcome>> {
      Counter counter({.cache = nullptr, .snapshots = nullptr, .pool = pool, .metrics = metrics});
      const auto ask = parse_ask(R"({"mode":"count",)" + filter + "}");
      const auto place = co_await places.find("docs", {});
      co_return co_await counter.count(*place, *ask, {}, async::SteadyClock::now() + 1h);
    });
    EXPECT_EQ(std::get<CountAnswer>(*counted).counted.count, found);
    ASSERT_TRUE(begin(R"({"mode":"values","field":"colour",)" + filter + "}"));
    std::uint64_t sum = 0;
    for (const ValueCount& value : *parse_value_lines(lines())) {
      sum += value.n;
    }
    ASSERT_TRUE(begin(fmt::format(
        R"({{"mode":"ids","filters":["And",[["number","Gte",{}],["colour","Eq",null]]]}})",
        above)));
    EXPECT_EQ(sum + ids().size(), found);
  }
}

// The store refuses to compare what it has never seen.
TEST_P(ScanJobs, rows_without_stamps_were_written_before_any_time) {
  write(R"({"upsert_rows":[{"id":1,"colour":"c"},{"id":2}]})");
  for (const auto& [members, found] : std::map<std::string, std::size_t>{
           {R"("written_before":5)", 2}, {R"("between":[1,5])", 0}}) {
    ASSERT_TRUE(begin(R"({"mode":"ids",)" + members + "}")) << members;
    EXPECT_EQ(ids().size(), found) << members;
    ASSERT_TRUE(begin(R"({"mode":"values","field":"colour",)" + members + "}")) << members;
    EXPECT_EQ(parse_value_lines(lines())->size(), found / 2) << members;
    const auto counted = run([&]() -> async::Task<Result<Counter::Outcome>> {
      Counter counter({.cache = nullptr, .snapshots = nullptr, .pool = pool, .metrics = metrics});
      const auto ask = parse_ask(R"({"mode":"count",)" + members + "}");
      const auto place = co_await places.find("docs", {});
      co_return co_await counter.count(*place, *ask, {}, async::SteadyClock::now() + 1h);
    });
    EXPECT_EQ(std::get<CountAnswer>(*counted).counted.count, found) << members;
  }
}

TEST_P(ScanJobs, a_snapshot_that_knows_the_values_answers) {
  write_random_rows(20, 3);
  snapshot.answer =
      SnapshotAnswer{.values = {{"red", 7}, {"blue", 2}}, .sha = "abc", .watermark_ms = 12};
  const auto ended =
      begin(R"({"mode":"values","field":"colour","consistency":{"level":"eventual"}})");
  ASSERT_TRUE(ended);
  EXPECT_EQ(lines(), "{\"v\":\"red\",\"n\":7}\n{\"v\":\"blue\",\"n\":2}\n");
  const ScanResult result = parse_result(ended->result);
  EXPECT_EQ(result.source, "snapshot");
  EXPECT_EQ(result.snapshot_sha, "abc");
  EXPECT_EQ(result.watermark_ms, 12);
  ASSERT_TRUE(begin(R"({"mode":"values","field":"colour","consistency":{"level":"strong"}})"));
  EXPECT_EQ(*parse_value_lines(lines()), expected("colour")) << "a strong read is none of it";
}

TEST_P(ScanJobs, an_attribute_that_no_row_has_has_no_values) {
  write_random_rows(5, 3);
  const auto ended = begin(R"({"mode":"values","field":"nothing"})");
  ASSERT_TRUE(ended);
  EXPECT_EQ(lines(), "");
  EXPECT_EQ(parse_result(ended->result).unique_values, 0U);
}

TEST_P(ScanJobs, values_beyond_what_is_kept_are_estimated) {
  write_random_rows(300, 200);
  ScanJob small({.places = places,
                 .objects = objects,
                 .pool = pool,
                 .metrics = metrics,
                 .keep_every = 0ms,
                 .limits = {.distinct_max = 20, .bytes_max = 2000}});
  begin(R"({"mode":"values","source":"origin","field":"tags"})");
  ++context.held.lease.epoch;
  context.held.spec.id.back() = 'f';
  context.held.spec.params =
      print_params({.text = R"({"mode":"values","source":"origin","field":"colour"})",
                    .ask = *parse_ask(R"({"mode":"values","source":"origin","field":"colour"})")});
  const auto ended = run([&] { return small.run(context); });
  ASSERT_TRUE(ended);
  const ScanResult result = parse_result(ended->result);
  EXPECT_TRUE(result.truncated);
  const double distinct = static_cast<double>(expected("colour").size());
  EXPECT_NEAR(static_cast<double>(*result.unique_values), distinct, distinct * 0.1);
  const auto all = expected("colour");
  const auto kept = *parse_value_lines(lines());
  EXPECT_EQ(kept.size(), 20U);
  for (const ValueCount& value : kept) {
    EXPECT_TRUE(std::ranges::find(all, value) != all.end()) << value.v;
  }
}

TEST_P(ScanJobs, a_question_that_the_store_refuses_is_not_asked_again) {
  write_random_rows(5, 3);
  for (const char* ask : {R"({"mode":"ids","filters":["odd","Eq",1]})",
                          R"({"mode":"values","field":"colour","filters":["odd","Eq",1]})"}) {
    const auto ended = begin(ask);
    ASSERT_FALSE(ended);
    EXPECT_FALSE(core::info(ended.error().code).retryable) << ended.error().message;
    EXPECT_TRUE(ended.error().message.contains("odd")) << ended.error().message;
  }
}

TEST_P(ScanJobs, a_full_disk_is_the_jobs_error) {
  write_random_rows(50, 50);
  objects::FaultyStore full(objects, [](objects::Operation operation, std::string_view key) {
    return operation == objects::Operation::kPut && key.ends_with(".zst")
               ? objects::Fault{.kind = objects::Fault::Kind::kBefore, .code = ErrorCode::kIo}
               : objects::Fault{};
  });
  ScanJob onto_full({.places = places, .objects = full, .pool = pool, .metrics = metrics});
  for (const char* ask : {R"({"mode":"ids"})", R"({"mode":"values","field":"colour"})"}) {
    context.stop_after = 0;
    begin(ask);
    ++context.held.lease.epoch;
    context.held.spec.id.back() = 'e';
    context.stop_after = -1;
    const auto ended = run([&] { return onto_full.run(context); });
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().code, ErrorCode::kIo);
  }
}

TEST_P(ScanJobs, leave_nothing_but_their_results) {
  write_random_rows(300, 120);
  ASSERT_TRUE(begin(R"({"mode":"values","source":"origin","field":"colour"})"));
  const auto listed =
      run([&] { return objects.list("jobs/" + context.held.spec.id + "/", {}, 100); });
  ASSERT_TRUE(listed);
  for (const auto& object : listed->objects) {
    EXPECT_FALSE(object.key.contains("list-")) << object.key;
  }
}

TEST(ValueLists, are_read_as_one_and_add_up) {
  async::Loops loops{1};
  async::CpuPool pool{{.name = "codec"}};
  core::SystemClock clock;
  objects::MemoryStore objects{clock};
  const ListPlace place{.objects = objects, .pool = pool, .job_id = "j", .epoch = 1};
  const auto run = [&](auto make) { return async::run_blocking(loops.at(0), std::move(make)); };
  std::map<std::string, std::uint64_t> expected;
  std::vector<std::string> names;
  for (std::uint64_t list = 1; list < 5; ++list) {
    std::vector<ValueCount> values;
    for (std::uint64_t i = 0; i < 50; ++i) {
      values.push_back({.v = fmt::format("v\n{}", i * list), .n = i + 1});
      expected[values.back().v] += i + 1;
    }
    names.push_back(*run([&] { return keep_list(place, values, ListOrder::kByValue); }));
  }
  const std::string joined = *run([&] { return join_lists(place, {names[0], names[1]}); });
  MergedLists merged(place, {joined, names[2], names[3]}, ListOrder::kByValue);
  std::vector<ValueCount> all;
  while (true) {
    const auto next = run([&] { return merged.next(7); });
    ASSERT_TRUE(next) << next.error().message;
    if (next->empty()) {
      break;
    }
    all.insert(all.end(), next->begin(), next->end());
  }
  std::vector<ValueCount> sums;
  for (const auto& [v, n] : expected) {
    sums.push_back({.v = v, .n = n});
  }
  EXPECT_EQ(all, sums);
}

TEST(ScanParams, come_back_as_they_were_kept) {
  const std::string text =
      R"({"mode":"values","field":"a","filters": ["n","Eq", 18446744073709551615]})";
  ScanParams params{.text = text,
                    .ask = *parse_ask(text),
                    .cut = {.upstream = freshness::ReadLevel::kEventual,
                            .stable = true,
                            .cut_ms = 5,
                            .watermark_ms = 6},
                    .incarnation = 9};
  const auto kept = parse_params(print_params(params));
  ASSERT_TRUE(kept) << kept.error().message;
  EXPECT_EQ(print_params(*kept), print_params(params));
  EXPECT_EQ(kept->ask.filter, params.ask.filter);
  EXPECT_EQ(kept->cut.cut_ms, 5);
  for (const char* bad :
       {"", "{}", "[]", R"({"incarnation":1,"strong":true,"stable":true,"ask":7})"}) {
    EXPECT_FALSE(parse_params(bad)) << bad;
  }
}

TEST(ValuesState, comes_back_as_it_was) {
  DistinctEstimate dropped;
  dropped.add("x");
  const ValuesState state{.phase = ValuesState::Phase::kPages,
                          .after = R"("a\"b")",
                          .shards = pages::ShardCursors{.shards = {{.done = true}, {}}},
                          .lists = {"list-1", "list-2"},
                          .scanned = 77,
                          .dropped = dropped,
                          .result = {.source = "origin", .threads = 2}};
  const auto read = parse_state(print_state(state));
  ASSERT_TRUE(read);
  EXPECT_EQ(print_state(*read), print_state(state));
  EXPECT_EQ(read->dropped->value(), 1U);
  for (const char* bad : {"", "{}", R"({"v":1,"phase":"odd","scanned":0,"lists":[]})",
                          R"({"v":1,"phase":"pages","scanned":0,"lists":[]})"}) {
    EXPECT_FALSE(parse_state(bad)) << bad;
  }
}

}  // namespace
}  // namespace layer::features::scans
