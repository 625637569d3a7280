// Jobs as callers meet them.
#include "gateway/routes/jobs.h"

#include <gtest/gtest.h>

#include "async/loops.h"
#include "async/run.h"
#include "gateway/routes/test_routes.h"
#include "json/document.h"
#include "queue/memory/memory_job_store.h"

namespace layer::gateway {
namespace {

using queue::JobStatus;

class JobsTest : public ::testing::Test {
 protected:
  Result<http::Response> ask(std::string target, Caller caller = reader(),
                             std::string method = "GET") {
    return routes.ask(method == "GET" && target.find("/v2/jobs/") == std::string::npos
                          ? static_cast<RouteHandler&>(jobs)
                          : job,
                      target, std::move(caller), {}, method);
  }
  json::Document body(std::string target, Caller caller = reader()) {
    auto answer = ask(std::move(target), std::move(caller));
    EXPECT_TRUE(answer) << answer.error().message;
    return *json::Document::parse(answer->body);
  }
  std::string add(std::string ns, std::string owner = "ann", std::string store_name = "us") {
    clock.advance(std::chrono::milliseconds(1));
    return async::run_blocking(
               routes.loops.at(0),
               [&] {
                 return runner.submit(
                     {.kind = "warm", .ns = ns, .store = store_name, .owner = owner});
               })
        ->job.spec.id;
  }
  static std::vector<std::string> ids(const json::Document& list) {
    std::vector<std::string> out;
    for (const json::Value& each : list.root()["jobs"].get_array()) {
      out.emplace_back(std::string_view(each["id"].get_string()));
    }
    return out;
  }

  core::ManualClock clock;
  TestRoutes routes;
  queue::MemoryJobStore store{clock};
  features::jobs::JobRunner runner{{.store = store,
                                    .gateway = "g1",
                                    .clock = clock,
                                    .metrics = routes.metrics,
                                    .log = routes.log,
                                    .loop = routes.loops.at(0)}};
  core::Signer signer = *core::Signer::make({std::string(32, 'k')});
  JobParts parts{.runner = &runner, .auth = routes.auth, .signer = signer, .clock = clock};
  Jobs jobs{parts};
  Job job{parts};
};

TEST_F(JobsTest, lists_hold_what_the_key_may_read_and_its_own_jobs) {
  const std::string mine = add("docs-1");
  const std::string hidden = add("other");
  const std::string elsewhere = add("docs-2", "ann", "eu");
  const std::string own = add("other", "key");
  EXPECT_EQ(ids(body("/v2/jobs")), (std::vector{own, elsewhere, hidden, mine}));
  EXPECT_EQ(ids(body("/v2/jobs", reader_of("us", "docs-*"))), (std::vector{own, mine}));
}

TEST_F(JobsTest, lists_go_on_with_their_cursor) {
  std::vector<std::string> all;
  for (int i = 0; i < 5; ++i) {
    all.insert(all.begin(), add("docs"));
  }
  std::vector<std::string> seen;
  std::string target = "/v2/jobs?limit=2&namespace=docs";
  for (std::string cursor = "first"; !cursor.empty();) {
    const auto page = body(cursor == "first" ? target : target + "&cursor=" + cursor);
    for (const std::string& id : ids(page)) {
      seen.push_back(id);
    }
    std::string_view next;
    cursor = page.root()["next_cursor"].get(next) == simdjson::SUCCESS ? std::string(next) : "";
  }
  EXPECT_EQ(seen, all);
  const auto page = body(target);
  const std::string cursor(std::string_view(page.root()["next_cursor"].get_string()));
  const auto refused = ask("/v2/jobs?limit=2&cursor=" + cursor);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidCursor);
}

TEST_F(JobsTest, lists_are_filtered_by_what_the_query_says) {
  const std::string mine = add("docs", "key");
  const std::string other = add("docs");
  EXPECT_EQ(ids(body("/v2/jobs?owner=me")), std::vector{mine});
  EXPECT_EQ(ids(body("/v2/jobs?owner=ann&status=queued&kind=warm")), std::vector{other});
  EXPECT_TRUE(ids(body("/v2/jobs?kind=scan")).empty());
  EXPECT_EQ(ask("/v2/jobs?status=odd").error().code, ErrorCode::kValidation);
  EXPECT_EQ(ask("/v2/jobs?limit=0").error().code, ErrorCode::kValidation);
  EXPECT_EQ(ask("/v2/jobs?limit=1001").error().code, ErrorCode::kValidation);
}

TEST_F(JobsTest, a_job_is_shown_to_who_may_read_its_namespace) {
  const std::string id = add("docs");
  const auto shown = body("/v2/jobs/" + id);
  EXPECT_EQ(std::string_view(shown.root()["namespace"].get_string()), "docs");
  EXPECT_EQ(std::string_view(shown.root()["status"].get_string()), "queued");
  EXPECT_EQ(ask("/v2/jobs/" + id, reader_of("us", "other")).error().code, ErrorCode::kForbidden);
  EXPECT_EQ(ask("/v2/jobs/00000000-0000-7000-8000-000000000000").error().code,
            ErrorCode::kNotFound);
}

TEST_F(JobsTest, a_job_is_cancelled_by_its_owner_or_who_may_write_the_namespace) {
  const std::string theirs = add("docs");
  const auto refused = ask("/v2/jobs/" + theirs, reader(), "DELETE");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kForbidden);
  const auto writer = caller_with(Grants::of_everything({Scope::kRead, Scope::kWrite}));
  const auto cancelled = ask("/v2/jobs/" + theirs, writer, "DELETE");
  ASSERT_TRUE(cancelled);
  EXPECT_NE(cancelled->body.find(R"("status":"cancelled")"), std::string::npos);

  const std::string own = add("docs", "key");
  EXPECT_TRUE(ask("/v2/jobs/" + own, reader(), "DELETE"));
  EXPECT_EQ((*async::run_blocking(routes.loops.at(0), [&] { return store.find(own); }))->status,
            JobStatus::kCancelled);
}

TEST_F(JobsTest, an_expired_job_is_gone) {
  const std::string id = add("docs", "key");
  ASSERT_TRUE(ask("/v2/jobs/" + id, reader(), "DELETE"));
  clock.advance(std::chrono::hours(24));
  EXPECT_EQ(ask("/v2/jobs/" + id).error().code, ErrorCode::kGone);
}

TEST_F(JobsTest, without_a_queue_database_the_reason_is_told) {
  Jobs off({.runner = nullptr, .auth = routes.auth, .signer = signer, .clock = clock});
  const auto answer = routes.ask(off, "/v2/jobs");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kFeatureUnavailable);
  EXPECT_EQ(answer.error().fields.back().value, "queue_database");
}

}  // namespace
}  // namespace layer::gateway
