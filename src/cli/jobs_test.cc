#include <gtest/gtest.h>

#include <deque>

#include "cli/follow.h"
#include "http/test_server.h"

namespace layer::cli {
namespace {

using http::testing::TestServer;

struct JobVerbs : ::testing::Test {
  std::vector<std::string> seen;
  std::deque<std::string> bodies;  // the last one is repeated
  int status = 200;
  TestServer server{[this](http::Request& request) -> async::Task<http::Response> {
    seen.push_back(request.method + " " + request.target);
    const std::string body = bodies.empty() ? "{}" : bodies.front();
    if (bodies.size() > 1) {
      bodies.pop_front();
    }
    co_return http::json_response(status, body);
  }};

  int run_verb(std::string_view path, const std::vector<std::string>& positionals,
               std::map<std::string, std::string> flags = {}) {
    Settings settings;
    settings.base_url = "http://127.0.0.1:" + std::to_string(server.port());
    settings.output = "json";
    settings.flags = std::move(flags);
    for (const Verb& verb : verbs()) {
      if (verb.path == path) {
        ::testing::internal::CaptureStdout();
        const int code = run(verb, positionals, settings);
        printed = ::testing::internal::GetCapturedStdout();
        return code;
      }
    }
    std::abort();
  }
  std::string printed;
};

TEST_F(JobVerbs, AWarmIsStartedWithWhatWasAskedFor) {
  bodies = {R"({"id":"j1","status":"queued"})"};
  EXPECT_EQ(run_verb("warm", {"a/b"}, {{"page-size", "50"}, {"threads", "2"}}), kOk);
  EXPECT_EQ(seen,
            std::vector<std::string>{"POST /v2/namespaces/a%2Fb/warm?page_size=50&threads=2"});
  EXPECT_EQ(printed, "{\"id\":\"j1\",\"status\":\"queued\"}\n");
}

TEST_F(JobVerbs, AWatchedWarmIsFollowedToItsEnd) {
  bodies = {R"({"id":"j1","status":"queued"})", R"({"id":"j1","status":"running"})",
            R"({"id":"j1","status":"completed"})"};
  EXPECT_EQ(run_verb("warm", {"docs"}, {{"watch", "true"}}), kOk);
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen[1], "GET /v2/namespaces/docs/warm-jobs/j1");
  EXPECT_EQ(printed, "{\"id\":\"j1\",\"status\":\"completed\"}\n");
}

TEST_F(JobVerbs, InitAsksForShardsAndFollowsTheirJob) {
  bodies = {R"({"namespace":"docs","layer":{},"job_id":"j1"})",
            R"({"id":"j1","status":"completed"})"};
  EXPECT_EQ(run_verb("init", {"docs"}, {{"shards", "16"}, {"watch", "true"}}), kOk);
  EXPECT_EQ(seen, (std::vector<std::string>{"POST /v2/namespaces/docs/init", "GET /v2/jobs/j1"}));
  EXPECT_EQ(printed, "{\"id\":\"j1\",\"status\":\"completed\"}\n");
}

TEST_F(JobVerbs, InitPrintsTheLayoutWhereNoJobRuns) {
  bodies = {R"({"namespace":"docs","layer":{}})"};
  EXPECT_EQ(run_verb("init", {"docs"}, {{"watch", "true"}}), kOk);
  EXPECT_EQ(printed, "{\"namespace\":\"docs\",\"layer\":{}}\n");
}

TEST_F(JobVerbs, AFollowedJobThatDoesNotCompleteIsAFailure) {
  for (const char* status_text : {"failed", "cancelled"}) {
    bodies = {std::string(R"({"status":")") + status_text + R"("})"};
    EXPECT_EQ(run_verb("jobs follow", {"j1"}), kFailure);
  }
  EXPECT_EQ(seen.front(), "GET /v2/jobs/j1");
}

TEST_F(JobVerbs, ListsGetsAndCancels) {
  bodies = {R"({"jobs":[]})"};
  EXPECT_EQ(run_verb("jobs list", {}, {{"kind", "warm"}, {"owner", "me"}}), kOk);
  EXPECT_EQ(run_verb("jobs get", {"j1"}), kOk);
  EXPECT_EQ(run_verb("jobs cancel", {"j1"}), kOk);
  EXPECT_EQ(seen, (std::vector<std::string>{"GET /v2/jobs?kind=warm&owner=me", "GET /v2/jobs/j1",
                                            "DELETE /v2/jobs/j1"}));
  status = 404;
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(run_verb("jobs get", {"j1"}), kNotFound);
  ::testing::internal::GetCapturedStderr();
}

TEST(ProgressLine, ShowsHowFarAJobCame) {
  EXPECT_EQ(progress_line(R"({"progress":0.5,"documents_scanned":70,"eta_ms":3000})"),
            "[###############...............]  50 %  70 rows, 3 s left");
  EXPECT_EQ(progress_line(R"({"progress":9})"), "[##############################] 100 %  0 rows");
  EXPECT_EQ(progress_line("no json"), "[..............................]   0 %  0 rows");
}

}  // namespace
}  // namespace layer::cli
