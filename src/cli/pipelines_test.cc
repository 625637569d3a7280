#include <gtest/gtest.h>

#include <deque>

#include "cli/session.h"
#include "http/test_server.h"

namespace layer::cli {
namespace {

using http::testing::TestServer;

struct PipelineVerbs : ::testing::Test {
  std::vector<std::string> seen;
  std::deque<std::string> bodies;  // the last one is repeated
  TestServer server{[this](http::Request& request) -> async::Task<http::Response> {
    auto body = co_await http::read_all(*request.body, 1U << 20U);
    seen.push_back(request.method + " " + request.target + (body->empty() ? "" : " " + *body));
    const std::string answer = bodies.empty() ? "{}" : bodies.front();
    if (bodies.size() > 1) {
      bodies.pop_front();
    }
    co_return http::json_response(200, answer);
  }};

  int run_verb(std::string_view path, const std::vector<std::string>& positionals,
               std::map<std::string, std::string> flags = {}, const char* output = "json") {
    Settings settings;
    settings.base_url = "http://127.0.0.1:" + std::to_string(server.port());
    settings.output = output;
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

TEST_F(PipelineVerbs, AreListedMadeShownAndDeleted) {
  EXPECT_EQ(run_verb("pipeline list", {}), kOk);
  EXPECT_EQ(
      run_verb("pipeline create", {"books", "docs"}, {{"distance-metric", "euclidean_squared"}}),
      kOk);
  EXPECT_EQ(run_verb("pipeline get", {"books"}), kOk);
  EXPECT_EQ(run_verb("pipeline delete", {"books"}, {{"yes", "true"}}), kOk);
  EXPECT_EQ(seen,
            (std::vector<std::string>{"GET /v2/pipelines",
                                      "POST /v2/pipelines "
                                      R"({"id":"books","target_namespace":"docs",)"
                                      R"("distance_metric":"euclidean_squared"})",
                                      "GET /v2/pipelines/books", "DELETE /v2/pipelines/books"}));
}

TEST_F(PipelineVerbs, AWatchedStatusEndsWhenNothingIsLeftToDo) {
  bodies = {R"({"pending_count":3,"processing_count":1})",
            R"({"pending_count":0,"processing_count":2})",
            R"({"pending_count":0,"processing_count":0,"failed_count":1})"};
  EXPECT_EQ(run_verb("pipeline status", {"books"}, {{"watch", "true"}}), kOk);
  EXPECT_EQ(seen, std::vector<std::string>(3, "GET /v2/pipelines/books/status?fresh=true"));
  EXPECT_EQ(printed, "{\"pending_count\":0,\"processing_count\":0,\"failed_count\":1}\n");
}

TEST_F(PipelineVerbs, DocumentsAreListedByStageAndPrefixAPageAtATime) {
  bodies = {R"({"documents":[{"id":"a","stage":"failed","attempts":8,"reason":"torn"}],)"
            R"("next_cursor":"c2"})"};
  EXPECT_EQ(run_verb("pipeline documents", {"books"},
                     {{"stage", "failed"}, {"prefix", "a/"}, {"limit", "1"}}, "table"),
            kOk);
  EXPECT_EQ(seen, std::vector<std::string>{
                      "GET /v2/pipelines/books/documents?stage=failed&prefix=a%2F&limit=1"});
  EXPECT_NE(printed.find("torn"), std::string::npos);
  EXPECT_NE(printed.find("more: --cursor c2"), std::string::npos);
}

}  // namespace
}  // namespace layer::cli
