#include "features/functions/plan.h"

#include "features/functions/print_plan.h"
#include "features/functions/test_site.h"

namespace layer::features::functions {
namespace {

constexpr const char* kSpec =
    R"({"target_namespaces":["docs"],"inputs":["title"],"worker":{"batch_size":2}})";

class FunctionPlan : public FunctionSite {
 protected:
  NamespacePlan plan(const RegisteredFunction& function, std::size_t sample = 100) {
    const PlanParts parts{.resolve = resolve(), .pool = pool, .clock = clock};
    auto made = run(
        [&] { return plan_namespace(parts, function, "docs", sample, async::TimePoint::max()); });
    EXPECT_TRUE(made) << made.error().message;
    return made ? *made : NamespacePlan{};
  }
  RegisteredFunction unregistered(const std::string& spec) {
    return {.id = "f", .spec = *parse_spec(spec)};
  }
};

TEST_F(FunctionPlan, CountsRowsAndMeasuresTheirInputs) {
  write(R"({"upsert_rows":[{"id":1,"title":"a"},{"id":2,"title":"bb"},{"id":3,"title":"cc"}]})");
  const NamespacePlan found = plan(unregistered(kSpec));
  EXPECT_EQ(found.rows_total, 3);
  EXPECT_EQ(found.rows_selected, 3);
  EXPECT_EQ(found.rows_skippable, 0);
  // {"title":"a"} and twice {"title":"bb"}
  EXPECT_EQ(found.input_bytes, 13 + 14 + 14);
  EXPECT_EQ(found.sampled, 3);
  // A page, two batches read and two written.
  EXPECT_EQ(found.usage.bytes_queried, 5 * kQueryBytesMin);
  EXPECT_EQ(found.usage.bytes_written, 3 * (8 + 2 + 16 + 8));
  EXPECT_FALSE(found.billed) << "the store is embedded";
}

TEST_F(FunctionPlan, LeavesOutWhatTheFilterDoesNotSelect) {
  write(R"({"upsert_rows":[{"id":1,"title":"a","n":1},{"id":2,"title":"b","n":2}]})");
  const NamespacePlan found = plan(
      unregistered(R"({"target_namespaces":["docs"],"inputs":["title"],"filter":["n","Gt",1]})"));
  EXPECT_EQ(found.rows_total, 2);
  EXPECT_EQ(found.rows_selected, 1);
}

TEST_F(FunctionPlan, ScalesASample) {
  write(R"({"upsert_rows":[{"id":1,"title":"a"},{"id":2,"title":"b"},{"id":3,"title":"c"}]})");
  const NamespacePlan found = plan(unregistered(kSpec), 1);
  EXPECT_EQ(found.sampled, 1);
  EXPECT_EQ(found.input_bytes, 3 * 13);
  const NamespacePlan none = plan(unregistered(kSpec), 0);
  EXPECT_EQ(none.rows_selected, 3);
  EXPECT_EQ(none.input_bytes, 0);
}

TEST_F(FunctionPlan, ATouchedRowWithTheSameInputsIsSkippable) {
  const RegisteredFunction function = put(kSpec);
  write(R"({"upsert_rows":[{"id":1,"title":"a"},{"id":2,"title":"b"}]})");
  ASSERT_EQ(sweep(function), 2);
  auto claimed =
      run([&] { return work->claim(function, "w", 10, std::nullopt, async::TimePoint::max()); });
  ASSERT_EQ(claimed->items.size(), 2);
  std::vector<Completion> done;
  for (const WorkItem& item : claimed->items) {
    done.push_back({.lease = {.key = item.key, .epoch = item.lease}, .attributes = R"({"x":1})"});
  }
  ASSERT_TRUE(run([&] { return work->complete(function, "w", done, async::TimePoint::max()); }));
  EXPECT_EQ(plan(function).rows_selected, 0);
  write(R"({"patch_rows":[{"id":1,"_hevlayer_udf_f_stale_after":1}]})");
  clock.advance(std::chrono::hours(1));
  const NamespacePlan stale = plan(function);
  EXPECT_EQ(stale.rows_selected, 1);
  EXPECT_EQ(stale.rows_skippable, 1);
  EXPECT_EQ(stale.input_bytes, 0);
}

TEST_F(FunctionPlan, ANamespaceThatIsNotThereHasNoRows) {
  const NamespacePlan found = plan(unregistered(kSpec));
  EXPECT_EQ(found.rows_total, 0);
  EXPECT_EQ(found.usage, cost::Usage{});
}

TEST_F(FunctionPlan, AStoreThatIsAwayIsAnError) {
  unreachable = true;
  const PlanParts parts{.resolve = resolve(), .pool = pool, .clock = clock};
  const RegisteredFunction function = unregistered(kSpec);
  const std::vector<std::string> names{"docs"};
  const auto made =
      run([&] { return plan_run(parts, function, names, 10, async::TimePoint::max()); });
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::kStoreUnavailable);
}

TEST(PlanAsk, NamesTheMemberAtFault) {
  const auto ask = parse_plan(R"({"spec":{"a":1},"namespaces":["x","x","y"],"sample":7})");
  ASSERT_TRUE(ask) << ask.error().message;
  EXPECT_EQ(ask->spec, R"({"a":1})");
  EXPECT_EQ(ask->namespaces, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(ask->sample, 7);
  EXPECT_EQ(parse_plan("")->sample, kPlanSampleDefault);
  for (const char* wrong : {R"({"spec":1})", R"({"namespaces":"x"})", R"({"namespaces":[1]})",
                            R"({"sample":10001})", R"({"odd":1})", "["}) {
    EXPECT_FALSE(parse_plan(wrong)) << wrong;
  }
}

TEST(PrintPlan, OnlyWhatAStoreBillsHasAPrice) {
  RunPlan run{.namespaces = {{.ns = "a",
                              .rows_total = 10,
                              .rows_selected = 6,
                              .rows_skippable = 2,
                              .input_bytes = 400,
                              .usage = {.bytes_written = 1'000'000'000},
                              .billed = true,
                              .sampled = 6},
                             {.ns = "b",
                              .rows_total = 1,
                              .rows_selected = 1,
                              .usage = {.bytes_written = 1'000'000'000},
                              .sampled = 1}}};
  const std::string unknown = print_plan(run, cost::shipped_card());
  EXPECT_NE(unknown.find(R"("rows":5,"input_bytes":400,"input_tokens_estimate":100)"),
            std::string::npos)
      << unknown;
  EXPECT_NE(unknown.find(R"("usd":2.0)"), std::string::npos) << unknown;
  EXPECT_NE(unknown.find(R"("compute":{"basis":"unknown"},"rate_card":"2026-08")"),
            std::string::npos)
      << unknown;
  run.rows_per_second = 2;
  const std::string measured = print_plan(run, cost::shipped_card());
  EXPECT_NE(measured.find(R"("compute":{"seconds":2.5,"basis":"measured"})"), std::string::npos)
      << measured;
}

TEST(MeasuredSpeed, IsOfTheMinutesInWhichItWorked) {
  EXPECT_EQ(measured_rows_per_second({}), 0);
  EXPECT_EQ(measured_rows_per_second({{.minute_ms = 0, .completed = 600},
                                      {.minute_ms = 60'000, .failed = 3},
                                      {.minute_ms = 1'800'000, .completed = 600}}),
            10);
}

}  // namespace
}  // namespace layer::features::functions
