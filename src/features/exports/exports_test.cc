// Exports against a store that a test plays: every row once, however often the work is cut off.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "async/loops.h"
#include "async/run.h"
#include "features/exports/export_lines.h"
#include "features/exports/export_params.h"
#include "features/exports/export_run.h"
#include "json/document.h"
#include "objects/faulty_store.h"
#include "objects/memory_store.h"
#include "testing/fake_store.h"

namespace layer::features::exports {
namespace {

using Columns = pages::PageQuery::Columns;

TEST(ExportParams, defaults_are_all_rows_without_vectors) {
  const auto params = parse_ask("{}");
  ASSERT_TRUE(params);
  EXPECT_EQ(params->columns, Columns::kAll);
  EXPECT_EQ(params->page_size, kPageSizeDefault);
  EXPECT_TRUE(params->filter.empty());
}

TEST(ExportParams, come_back_as_they_were_kept) {
  for (const char* body :
       {"{}", R"({"vectors":true,"threads":3})", R"({"include_attributes":["a","b"]})",
        R"({"include_attributes":false,"page_size":7})", R"({"between":[5,9]})",
        R"({"as_of":77,"filters":["And",[["n","Gt",18446744073709551615],["s","Eq","x"]]]})"}) {
    auto asked = parse_ask(body);
    ASSERT_TRUE(asked) << body;
    asked->incarnation = 4;
    const auto kept = parse_params(print_params(*asked));
    ASSERT_TRUE(kept) << kept.error().message;
    EXPECT_EQ(print_params(*kept), print_params(*asked));
    EXPECT_EQ(kept->filter, asked->filter);
    EXPECT_EQ(kept->columns, asked->columns);
    EXPECT_EQ(kept->incarnation, 4U);
  }
}

TEST(ExportParams, mistakes_name_their_member) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"format":"csv"})", "format"},
      {R"({"page_size":0})", "page_size"},
      {R"({"page_size":10001})", "page_size"},
      {R"({"threads":33})", "threads"},
      {R"({"vectors":1})", "vectors"},
      {R"({"vectors":true,"include_attributes":["a"]})", "vectors"},
      {R"({"include_attributes":"a"})", "include_attributes"},
      {R"({"between":[9,5]})", "between"},
      {R"({"incarnation":1})", "incarnation"},
      {R"({"odd":1})", "odd"},
      {"[]", "body"},
      {"{", "body"},
  };
  for (const auto& [body, member] : cases) {
    const auto asked = parse_ask(body);
    ASSERT_FALSE(asked) << body;
    EXPECT_EQ(asked.error().code, ErrorCode::kValidation);
    EXPECT_TRUE(asked.error().message.starts_with(member)) << asked.error().message;
  }
  EXPECT_FALSE(parse_ask(std::string(kAskBytesMax + 1, ' ')));
}

TEST(ExportLines, are_one_row_each_without_what_is_the_gateways_own) {
  const auto row = [](std::uint64_t id, const char* attributes) {
    return documents::AnswerRow{.id = id,
                                .attributes = std::make_shared<const std::string>(attributes)};
  };
  const std::vector rows{row(1, R"({"a":1,"_hevlayer_upserted_at":5})"), row(2, "{}"),
                         row(3, "{ \"a\" :\n [1,\r2] }")};
  EXPECT_EQ(print_lines({rows[0], rows[1]}, false), "{\"id\":1,\"a\":1}\n{\"id\":2}\n");
  EXPECT_EQ(print_lines({rows[0]}, true), "{\"id\":1,\"a\":1,\"_hevlayer_upserted_at\":5}\n");
  EXPECT_EQ(print_lines({rows[2]}, true), "{\"id\":3,\"a\" :  [1, 2] }\n");
}

// A job whose checkpoints a test can refuse.
class TestContext final : public jobs::JobContext {
 public:
  const queue::Job& job() const override { return job_; }
  async::Task<Result<void>> reached(queue::JobProgress progress) override {
    job_.progress = std::move(progress);
    if (stop_after-- == 0) {
      co_return fail(ErrorCode::kCancelled, "the job is to stop");
    }
    co_return Result<void>{};
  }
  bool stopping() const override { return false; }

  int stop_after = -1;
  queue::Job job_{.spec = {.id = "0190aaaa-0000-7000-8000-000000000001", .ns = "docs"}};
};

class ExportsTest : public ::testing::Test {
 protected:
  ExportsTest() {
    store.script(
        [this](const layer::testing::SeenCall& call) -> async::Task<Result<store::Answer>> {
          co_return reply(call);
        });
  }
  ~ExportsTest() override { states.stop(); }

  store::Answer reply(const layer::testing::SeenCall& call) {
    if (call.target.ends_with("/metadata")) {
      return layer::testing::answer(200, R"({"schema":{"id":{"type":"uint"},"n":{"type":"int"}}})");
    }
    if (failing-- == 0) {
      return layer::testing::answer(500, R"({"status":"error","error":"broken"})");
    }
    const auto body = *json::Document::parse(call.body);
    std::uint64_t after = 0;
    if (auto last = body.root().at_pointer("/filters/2"); !last.error()) {
      after = last.get_uint64();
    }
    std::string rows;
    const std::uint64_t limit = body.root()["top_k"].get_uint64();
    for (std::uint64_t id = after + 1; id <= std::min(kRows, after + limit); ++id) {
      rows += fmt::format(R"({}{{"id":{},"n":{}}})", rows.empty() ? "" : ",", id, id * 10);
    }
    return layer::testing::answer(200, fmt::format(R"({{"rows":[{}]}})", rows));
  }
  Result<queue::JobProgress> run() {
    ++context.job_.lease.epoch;
    return async::run_blocking(loops.at(0), [&] { return job.run(context); });
  }
  std::string lines() {
    const auto manifest = *async::run_blocking(
        loops.at(0), [&] { return spool::read_manifest(memory, context.job_.spec.id); });
    auto read = async::run_blocking(loops.at(0), [&] {
      return spool::read_lines(memory, pool, manifest.value_or(spool::Manifest{}), 0, kRows * 2);
    });
    return read->text;
  }
  static std::string all_lines() {
    std::string all;
    for (std::uint64_t id = 1; id <= kRows; ++id) {
      all += fmt::format("{{\"id\":{},\"n\":{}}}\n", id, id * 10);
    }
    return all;
  }

  static constexpr std::uint64_t kRows = 105;
  int failing = -1;
  async::Loops loops{1};
  async::CpuPool pool{{}};
  core::SystemClock clock;
  core::Metrics metrics;
  objects::MemoryStore memory{clock};
  layer::testing::FakeStore store;
  namespaces::NoStateSource no_state;
  namespaces::Router router{[this](std::string_view) { return &store; }};
  core::Logger log{{.level = core::LogLevel::kOff}};
  namespaces::StateCache states{
      {.source = no_state, .clock = clock, .loop = loops.at(0), .log = log}};
  PlaceFinder places{router, states};
  ExportJob job{{.places = places,
                 .objects = memory,
                 .pool = pool,
                 .metrics = metrics,
                 .show_every = std::chrono::milliseconds(0)}};
  TestContext context;
};

TEST_F(ExportsTest, every_row_is_a_line_in_the_order_of_ids) {
  context.job_.spec.params = print_params({.page_size = 10});
  const auto ended = run();
  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_EQ(lines(), all_lines());
  EXPECT_EQ(ended->counters.done, kRows);
  EXPECT_EQ(ended->progress, 1.0);
}

TEST_F(ExportsTest, an_export_that_is_cut_off_anywhere_goes_on_without_loss_or_repeat) {
  context.job_.spec.params = print_params({.page_size = 10});
  for (int cut = 0; cut < 8; ++cut) {
    context.stop_after = cut % 3;
    const auto ended = run();
    ASSERT_TRUE(all_lines().starts_with(lines()));
    if (ended) {
      break;
    }
    EXPECT_EQ(ended.error().code, ErrorCode::kCancelled);
  }
  context.stop_after = -1;
  ASSERT_TRUE(run());
  EXPECT_EQ(lines(), all_lines());
  ASSERT_TRUE(run());  // a process that died between the last line and the job's end
  EXPECT_EQ(lines(), all_lines());
}

TEST_F(ExportsTest, a_store_that_fails_ends_the_run_and_keeps_what_was_read) {
  context.job_.spec.params = print_params({.page_size = 10});
  failing = 3;
  EXPECT_FALSE(run());
  EXPECT_FALSE(lines().empty());
  failing = -1;
  ASSERT_TRUE(run());
  EXPECT_EQ(lines(), all_lines());
}

TEST_F(ExportsTest, a_full_disk_is_the_jobs_error) {
  context.job_.spec.params = print_params({});
  objects::FaultyStore full(memory, [](objects::Operation operation, std::string_view key) {
    return operation == objects::Operation::kPut && key.ends_with(".zst")
               ? objects::Fault{.kind = objects::Fault::Kind::kBefore, .code = ErrorCode::kIo}
               : objects::Fault{};
  });
  ExportJob onto_full({.places = places, .objects = full, .pool = pool, .metrics = metrics});
  const auto ended = async::run_blocking(loops.at(0), [&] { return onto_full.run(context); });
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, ErrorCode::kIo);
}

TEST_F(ExportsTest, a_namespace_that_was_made_anew_is_not_the_one_that_was_asked_for) {
  context.job_.spec.params = print_params({.incarnation = 5});
  const auto ended = run();
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace layer::features::exports
