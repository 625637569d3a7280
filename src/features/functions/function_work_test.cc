// Functions over a real engine: what is found, handed out, written and closed.
#include "features/functions/function_work.h"

#include <gtest/gtest.h>

#include "features/functions/test_site.h"

namespace layer::features::functions {
namespace {

using namespace std::chrono_literals;
using queue::Disposition;
using queue::Outcomes;
using queue::Refusal;
using queue::Rejection;

constexpr const char* kSpec = R"({"target_namespaces":["docs"],"inputs":["title"]})";

class FunctionWorkTest : public FunctionSite {
 protected:
  ClaimedWork claim(const RegisteredFunction& function, std::size_t limit = 100) {
    auto claimed = run(
        [&] { return work->claim(function, "w", limit, std::nullopt, async::TimePoint::max()); });
    EXPECT_TRUE(claimed) << claimed.error().message;
    return claimed ? *claimed : ClaimedWork{};
  }
  static Completion completion(const WorkItem& item, std::string attributes,
                               std::string vector = {}) {
    return {.lease = {.key = item.key, .epoch = item.lease},
            .attributes = std::move(attributes),
            .vectors = vector.empty() ? std::string() : R"({"v":)" + vector + "}"};
  }
  Outcomes complete(const RegisteredFunction& function, std::vector<Completion> items) {
    auto done = run([&] { return work->complete(function, "w", items, async::TimePoint::max()); });
    EXPECT_TRUE(done) << done.error().message;
    return done ? *done : Outcomes{};
  }
  queue::FunctionCounts counts() {
    return *run([&] { return queue->counts("f"); });
  }
};

TEST_F(FunctionWorkTest, rows_are_found_computed_and_not_found_again) {
  const auto function = put(kSpec);
  write(R"({"upsert_rows":[{"id":1,"title":"a"},{"id":2,"title":"b"},{"id":3,"other":1}]})");
  EXPECT_EQ(sweep(function), 3U);
  EXPECT_EQ(sweep(function), 0U) << "they wait already";
  const ClaimedWork batch = claim(function);
  ASSERT_EQ(batch.items.size(), 3U);
  EXPECT_EQ(batch.items[0].input, R"({"title":"a"})");
  EXPECT_EQ(batch.items[0].attempt, 1U);
  EXPECT_EQ(batch.items[2].input, "{}");
  std::vector<Completion> done;
  for (const WorkItem& item : batch.items) {
    done.push_back(completion(item, R"({"length":)" + item.key.id + "}"));
  }
  EXPECT_EQ(complete(function, done), Outcomes(3));
  EXPECT_EQ(counts(), queue::FunctionCounts{});
  EXPECT_EQ(rows(R"(["length","_hevlayer_udf_f_v"])"),
            R"([{"id":1,"_hevlayer_udf_f_v":"v1","length":1},)"
            R"({"id":2,"_hevlayer_udf_f_v":"v1","length":2},)"
            R"({"id":3,"_hevlayer_udf_f_v":"v1","length":3}])");
  EXPECT_EQ(sweep(function), 0U) << "their version says that they are computed";

  const auto next = put(R"({"target_namespaces":["docs"],"inputs":["title"],"version":"v2"})");
  EXPECT_EQ(sweep(next), 3U) << "another version selects every row";
}

TEST_F(FunctionWorkTest, a_filter_narrows_what_is_found_and_pages_resume) {
  const auto function =
      put(R"({"target_namespaces":["docs"],"inputs":["title"],"filter":["lang","Eq","de"]})");
  std::string body = R"({"upsert_rows":[)";
  for (int i = 0; i < 20; ++i) {
    body +=
        fmt::format(R"({}{{"id":{},"lang":"{}"}})", i == 0 ? "" : ",", i, i % 2 == 0 ? "de" : "en");
  }
  write(body + "]}");
  const auto step = [&](std::size_t pages) {
    return *run([&] {
      return discovery->sweep(
          {.function = function, .ns = "docs", .page_rows = 3, .pages_max = pages},
          async::TimePoint::max());
    });
  };
  const SweepResult first = step(2);
  EXPECT_EQ(first.enqueued, 6U);
  EXPECT_FALSE(first.complete);
  EXPECT_EQ(first.next_cursor, "u10");
  const SweepResult rest = step(100);
  EXPECT_EQ(rest.enqueued, 4U);
  EXPECT_TRUE(rest.complete);
  const auto sweeps = *run([&] { return queue->sweeps("f"); });
  EXPECT_EQ(sweeps.at(0).completed, 1U);
  EXPECT_EQ(sweeps.at(0).cursor, "");
}

TEST_F(FunctionWorkTest, a_sweep_that_fails_is_counted_and_goes_on_later) {
  const auto function = put(kSpec);
  write(R"({"upsert_rows":[{"id":1,"title":"a"}]})");
  unreachable = true;
  const auto failed = run([&] {
    return discovery->sweep({.function = function, .ns = "docs"}, async::TimePoint::max());
  });
  EXPECT_EQ(failed.error().code, ErrorCode::kStoreUnavailable);
  EXPECT_EQ(run([&] { return queue->sweeps("f"); })->at(0).failures, 1U);
  unreachable = false;
  EXPECT_EQ(sweep(function), 1U);
  EXPECT_EQ(run([&] { return queue->sweeps("f"); })->at(0).failures, 0U);
}

TEST_F(FunctionWorkTest, a_namespace_that_nobody_has_written_to_has_no_rows) {
  const auto function = put(kSpec);
  EXPECT_EQ(sweep(function), 0U);
  const auto before = run([&] { return queue->sweeps("f"); })->at(0);
  EXPECT_EQ(before.failures, 0U);
  EXPECT_EQ(before.completed, 1U);
  write(R"({"upsert_rows":[{"id":1,"title":"a"}]})");
  EXPECT_EQ(sweep(function), 1U);
}

TEST_F(FunctionWorkTest, a_sweep_that_runs_out_of_time_says_where_it_goes_on) {
  const auto function = put(kSpec);
  write(R"({"upsert_rows":[{"id":1,"title":"a"},{"id":2,"title":"b"},{"id":3,"title":"c"}]})");
  const auto swept = run([&] {
    return discovery->sweep({.function = function,
                             .ns = "docs",
                             .page_rows = 2,
                             .begin_until = async::TimePoint::min()},
                            async::TimePoint::max());
  });
  ASSERT_TRUE(swept) << swept.error().message;
  EXPECT_FALSE(swept->complete);
  EXPECT_EQ(swept->enqueued, 2U);
  EXPECT_EQ(swept->next_cursor, "u2");
  EXPECT_EQ(sweep(function), 1U);
}

TEST_F(FunctionWorkTest, rows_of_a_namespace_that_is_no_target_any_more_leave_the_queue) {
  const auto function = put(kSpec);
  write(R"({"upsert_rows":[{"id":1,"title":"a"}]})");
  sweep(function);
  work.emplace(FunctionWork::Parts{
      .queue = *queue,
      .resolve = resolve(),
      .write = {},
      .pool = pool,
      .clock = clock,
      .covers = [](const FunctionSpec&, const std::string& ns) { return ns == "other"; }});
  const ClaimedWork batch = claim(function);
  EXPECT_TRUE(batch.items.empty()) << "nobody is shown rows that are not the function's";
  EXPECT_EQ(batch.absent, 1U);
  EXPECT_EQ(counts(), queue::FunctionCounts{});
}

TEST_F(FunctionWorkTest, another_version_gives_failed_rows_another_chance) {
  const auto function = put(kSpec);
  write(R"({"upsert_rows":[{"id":1,"title":"a"}]})");
  sweep(function);
  const WorkItem item = claim(function).items.at(0);
  ASSERT_TRUE(run([&] {
    return work->fail("f", "w",
                      {{.lease = {.key = item.key, .epoch = item.lease},
                        .kind = queue::FailureKind::kPermanent,
                        .message = "never"}});
  }));
  put(R"({"target_namespaces":["docs"],"inputs":["title"],"filter":["title","Eq","a"]})");
  EXPECT_EQ(counts().failed, 1U) << "the version is what it was";
  const auto next = put(R"({"target_namespaces":["docs"],"inputs":["title"],"version":"v2"})");
  EXPECT_EQ(counts().failed, 0U);
  EXPECT_EQ(claim(next).items.size(), 1U);
}

TEST_F(FunctionWorkTest, what_was_computed_from_the_same_inputs_is_skipped) {
  const auto function = put(kSpec);
  write(R"({"upsert_rows":[{"id":1,"title":"a"}]})");
  sweep(function);
  complete(function, {completion(claim(function).items.at(0), R"({"n":1})")});
  write(R"({"patch_rows":[{"id":1,"colour":"red"}]})");
  ASSERT_TRUE(run([&] {
    return queue->add("f", {item_key("docs", std::uint64_t{1})}, queue::AddMode::kRenew);
  }));
  const ClaimedWork again = claim(function);
  EXPECT_TRUE(again.items.empty());
  EXPECT_EQ(again.skipped, 1U);
  EXPECT_EQ(counts(), queue::FunctionCounts{});
}

TEST_F(FunctionWorkTest, a_stale_mark_is_taken_off_where_the_inputs_are_what_they_were) {
  const auto function = put(kSpec);
  write(R"({"upsert_rows":[{"id":1,"title":"a"}]})");
  sweep(function);
  complete(function, {completion(claim(function).items.at(0), R"({"n":1})")});
  write(R"({"patch_rows":[{"id":1,"title":"a","_hevlayer_udf_f_stale_after":5}]})");
  EXPECT_EQ(sweep(function), 1U) << "a stale row is found";
  const ClaimedWork again = claim(function);
  EXPECT_TRUE(again.items.empty());
  EXPECT_EQ(again.skipped, 1U);
  EXPECT_EQ(sweep(function), 0U);
  EXPECT_EQ(counts(), queue::FunctionCounts{});
}

TEST_F(FunctionWorkTest, rows_that_are_gone_leave_the_queue) {
  const auto function = put(kSpec);
  write(R"({"upsert_rows":[{"id":1,"title":"a"},{"id":2,"title":"b"}]})");
  sweep(function);
  write(R"({"deletes":[1]})");
  const ClaimedWork batch = claim(function);
  ASSERT_EQ(batch.items.size(), 1U);
  EXPECT_EQ(batch.items[0].key.id, "2");
  EXPECT_EQ(batch.absent, 1U);
  write(R"({"deletes":[2]})");
  EXPECT_EQ(complete(function, {completion(batch.items[0], R"({"n":1})")}),
            (Outcomes{Refusal{.reason = Rejection::kSourceAbsent}}));
  EXPECT_EQ(counts(), queue::FunctionCounts{});
}

TEST_F(FunctionWorkTest, ids_of_a_namespace_that_was_before_leave_the_queue) {
  const auto function = put(kSpec);
  write(R"({"upsert_rows":[{"id":1,"title":"a"}]})");
  ASSERT_TRUE(run([&] {
    return queue->add("f",
                      {item_key("docs", std::string("one")), item_key("gone", std::uint64_t{7}),
                       item_key("docs", std::uint64_t{1})},
                      queue::AddMode::kKeep);
  }));
  const ClaimedWork batch = claim(function);
  EXPECT_EQ(batch.absent, 2U);
  ASSERT_EQ(batch.items.size(), 1U);
  EXPECT_EQ(batch.items[0].key.id, "1");
}

TEST_F(FunctionWorkTest, inputs_that_change_meanwhile_are_computed_again) {
  const auto function = put(kSpec);
  write(R"({"upsert_rows":[{"id":1,"title":"a"}]})");
  sweep(function);
  const WorkItem item = claim(function).items.at(0);
  meanwhile = R"({"patch_rows":[{"id":1,"title":"b"}]})";
  EXPECT_EQ(complete(function, {completion(item, R"({"n":1})")}),
            (Outcomes{Refusal{.reason = Rejection::kInputsChanged,
                              .disposition = Disposition::kReclaim}}));
  const ClaimedWork again = claim(function);
  ASSERT_EQ(again.items.size(), 1U);
  EXPECT_EQ(again.items[0].input, R"({"title":"b"})");
  EXPECT_EQ(again.items[0].attempt, 1U);
}

TEST_F(FunctionWorkTest, a_row_that_changes_elsewhere_is_written_on_the_next_try) {
  const auto function = put(kSpec);
  write(R"({"upsert_rows":[{"id":1,"title":"a"}]})");
  sweep(function);
  const WorkItem item = claim(function).items.at(0);
  meanwhile = R"({"patch_rows":[{"id":1,"colour":"red"}]})";
  EXPECT_EQ(complete(function, {completion(item, R"({"n":1})")}), Outcomes(1));
  EXPECT_EQ(writes, 2);
  EXPECT_EQ(rows(R"(["n","colour"])"), R"([{"id":1,"colour":"red","n":1}])");
}

TEST_F(FunctionWorkTest, a_vector_replaces_the_rows_own_and_leaves_the_rest) {
  const auto function =
      put(R"({"target_namespaces":["docs"],"inputs":["title"],"output":{"vector_attribute":"v"}})");
  write(R"({"upsert_rows":[{"id":1,"title":"a","v":[1,2]},{"id":2,"title":"b","v":[3,4]}],)"
        R"("distance_metric":"cosine_distance","schema":{"v":{"type":"[2]f32","ann":true}}})");
  sweep(function);
  const ClaimedWork batch = claim(function);
  ASSERT_EQ(batch.items.size(), 2U);
  EXPECT_EQ(complete(function, {completion(batch.items[0], R"({"n":1})", "[0.5,0.25]"),
                                completion(batch.items[1], "", "[1,0]")}),
            Outcomes(2));
  EXPECT_EQ(rows(R"(["title","n"])"), R"([{"id":1,"title":"a","n":1},{"id":2,"title":"b"}])");
  const std::string vectors = rows(R"(["v"])");
  EXPECT_NE(vectors.find(R"({"id":1,"v":[0.5,0.25])"), std::string::npos) << vectors;
  EXPECT_NE(vectors.find(R"({"id":2,"v":[1)"), std::string::npos) << vectors;
}

TEST_F(FunctionWorkTest, vectors_that_the_namespace_lacks_fail_for_good) {
  const auto function = put(kSpec);
  write(R"({"upsert_rows":[{"id":1,"title":"a"}]})");
  sweep(function);
  EXPECT_EQ(complete(function, {completion(claim(function).items.at(0), "", "[1]")}),
            (Outcomes{Refusal{}}));
  EXPECT_EQ(counts().failed, 1U);
}

TEST_F(FunctionWorkTest, results_of_another_version_are_not_written) {
  const auto before = put(kSpec);
  write(R"({"upsert_rows":[{"id":1,"title":"a"}]})");
  sweep(before);
  const WorkItem item = claim(before).items.at(0);
  const auto next = put(R"({"target_namespaces":["docs"],"inputs":["title"],"version":"v2"})");
  EXPECT_EQ(complete(next, {completion(item, R"({"n":1})")}),
            (Outcomes{Refusal{.reason = Rejection::kVersionChanged}}));
  EXPECT_EQ(claim(next).items.size(), 1U) << "it waits for the new one";
  EXPECT_EQ(writes, 0);
}

TEST_F(FunctionWorkTest, a_result_makes_those_of_other_functions_stale) {
  ASSERT_TRUE(run([&] { return registry->put("g", kSpec, std::nullopt); }));
  const auto function =
      put(R"({"target_namespaces":["docs"],"inputs":["title"],"invalidates":["g"]})");
  write(R"({"upsert_rows":[{"id":1,"title":"a"}]})");
  sweep(function);
  complete(function, {completion(claim(function).items.at(0), R"({"n":1})")});
  EXPECT_EQ(rows(R"(["_hevlayer_udf_g_stale_after"])"),
            fmt::format(R"([{{"id":1,"_hevlayer_udf_g_stale_after":{}}}])", clock.wall_ms()));
}

TEST_F(FunctionWorkTest, while_the_store_is_away_nothing_is_lost_or_counted) {
  const auto function = put(R"({"target_namespaces":["docs"],"retry":{"max_attempts":1}})");
  write(R"({"upsert_rows":[{"id":1,"title":"a"}]})");
  sweep(function);
  unreachable = true;
  for (int i = 0; i < 3; ++i) {
    const auto refused =
        run([&] { return work->claim(function, "w", 10, std::nullopt, async::TimePoint::max()); });
    EXPECT_EQ(refused.error().code, ErrorCode::kStoreUnavailable);
  }
  unreachable = false;
  const ClaimedWork batch = claim(function);
  ASSERT_EQ(batch.items.size(), 1U);
  EXPECT_EQ(batch.items[0].attempt, 1U);
}

TEST_F(FunctionWorkTest, a_worker_that_ends_gives_back_what_it_holds) {
  const auto function = put(kSpec);
  write(R"({"upsert_rows":[{"id":1,"title":"a"},{"id":2,"title":"b"}]})");
  sweep(function);
  const ClaimedWork held = claim(function);
  ASSERT_EQ(held.items.size(), 2U);
  std::vector<queue::ItemFailure> failures;
  for (const WorkItem& item : held.items) {
    failures.push_back({.lease = {.key = item.key, .epoch = item.lease},
                        .message = failures.empty() ? std::string(kReleased) : "broken"});
  }
  EXPECT_EQ(*run([&] { return work->fail("f", "w", failures); }), Outcomes(2));
  const ClaimedWork again = claim(function);
  ASSERT_EQ(again.items.size(), 1U) << "the other one waits for its back-off";
  EXPECT_EQ(again.items[0].attempt, 1U);
  clock.advance(7s);
  EXPECT_EQ(claim(function).items.at(0).attempt, 2U);
  EXPECT_EQ(*run([&] {
    return work->heartbeat(function, "w",
                           {{.key = again.items[0].key, .epoch = again.items[0].lease}});
  }),
            Outcomes(1));
}

}  // namespace
}  // namespace layer::features::functions
