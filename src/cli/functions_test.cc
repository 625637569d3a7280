#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <fstream>
#include <map>

#include <boost/json.hpp>

#include "cli/function_file.h"
#include "cli/function_progress.h"
#include "cli/session.h"
#include "http/test_server.h"

namespace layer::cli {
namespace {

using http::testing::TestServer;

constexpr std::string_view kFile = R"(apiVersion: hevlayer.com/v1alpha1
kind: Function
metadata: {name: lengths}
spec:
  targetNamespaces: [docs]
  inputs: [text]
  version: v2
  filter: ["lang", "Eq", "en"]
  retry: {maxAttempts: 3}
  worker: {command: [python3, work.py], batchSize: 8}
  scaling: {replicas: {max: 1}}
)";

TEST(FunctionFile, SaysInTheWordsOfTheApiWhatTheResourceSays) {
  const auto file = parse_function_file(kFile, "f.yaml");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->name, "lengths");
  const boost::json::value spec(file->spec);
  EXPECT_EQ(boost::json::serialize(spec.at("target_namespaces")), R"(["docs"])");
  EXPECT_EQ(boost::json::serialize(spec.at("filter")), R"(["lang","Eq","en"])");
  EXPECT_EQ(spec.at_pointer("/retry/max_attempts").to_number<int>(), 3);
  EXPECT_EQ(spec.at_pointer("/worker/batch_size").to_number<int>(), 8);
  EXPECT_EQ(spec.at("version").as_string(), "v2");
  EXPECT_EQ(boost::json::serialize(spec.at("triggers")), R"(["discovery"])");
}

TEST(FunctionFile, MistakesAreToldWithTheirLines) {
  const auto wrong = parse_function_file(std::string(kFile) + "  odd: 1\n", "f.yaml");
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().message.find("f.yaml:12"), std::string::npos) << wrong.error().message;
  EXPECT_FALSE(parse_function_file("", "f.yaml"));
}

TEST(FunctionProgress, ShowsRateAndWhatIsLeft) {
  const auto begun = FunctionProgress::Clock::now();
  FunctionProgress progress(1000, begun);
  EXPECT_FALSE(progress.over());
  progress.look({{"pending_count", 500}, {"processing_count", 100}, {"failed_count", 3}},
                begun + std::chrono::seconds(20));
  EXPECT_EQ(progress.line(),
            "[############..................]  40 %  400 of 1000 rows, 3 failed, 20.0 rows/s, "
            "30 s left");
  progress.look({{"pending_count", 0}, {"processing_count", 0}}, begun + std::chrono::seconds(50));
  EXPECT_TRUE(progress.over());
}

struct FunctionVerbs : ::testing::Test {
  std::map<std::string, std::deque<std::string>> answers;  // the last one is repeated
  std::vector<std::string> seen;
  TestServer server{[this](http::Request& request) -> async::Task<http::Response> {
    const std::string what = request.method + " " + request.target;
    seen.push_back(what);
    auto& queue = answers[what];
    const std::string answer = queue.empty() ? "{}" : queue.front();
    if (queue.size() > 1) {
      queue.pop_front();
    }
    co_return http::json_response(200, answer);
  }};
  std::filesystem::path file = std::filesystem::path(::testing::TempDir()) / "function.yaml";

  int run_verb(std::string_view path, const std::vector<std::string>& positionals,
               std::map<std::string, std::string> flags = {}) {
    std::ofstream(file) << kFile;
    Settings settings;
    settings.base_url = "http://127.0.0.1:" + std::to_string(server.port());
    settings.output = "json";
    settings.flags = std::move(flags);
    for (const Verb& verb : verbs()) {
      if (verb.path == path) {
        ::testing::internal::CaptureStdout();
        ::testing::internal::CaptureStderr();
        const int code = run(verb, positionals, settings);
        printed = ::testing::internal::GetCapturedStdout();
        said = ::testing::internal::GetCapturedStderr();
        return code;
      }
    }
    std::abort();
  }
  std::string printed;
  std::string said;
};

TEST_F(FunctionVerbs, EachIsOneCall) {
  run_verb("fn list", {});
  run_verb("fn get", {"f"});
  run_verb("fn items", {"f"}, {{"state", "failed"}, {"limit", "5"}});
  run_verb("fn pause", {"f"});
  run_verb("fn resume", {"f"});
  run_verb("fn reset-failed", {"f"});
  run_verb("fn delete", {"f"}, {{"yes", "true"}});
  run_verb("fn plan", {"f"}, {{"sample", "10"}});
  run_verb("fn status", {"f"});
  EXPECT_EQ(seen,
            (std::vector<std::string>{
                "GET /v2/udfs", "GET /v2/udfs/f", "GET /v2/udfs/f/items?state=failed&limit=5",
                "POST /v2/udfs/f/pause", "POST /v2/udfs/f/resume", "POST /v2/udfs/f/reset-failed",
                "DELETE /v2/udfs/f", "POST /v2/udfs/f/plan", "GET /v2/udfs/f/status"}));
}

TEST_F(FunctionVerbs, APlanIsOfAFunctionOrOfAFile) {
  run_verb("fn plan", {""}, {{"file", file.string()}});
  run_verb("fn plan", {file.string()});
  EXPECT_EQ(seen, std::vector<std::string>(2, "POST /v2/udfs/lengths/plan"));
  EXPECT_EQ(run_verb("fn plan", {""}), kUsage);
  EXPECT_EQ(run_verb("fn plan", {"f"}, {{"file", file.string()}}), kUsage);
}

TEST_F(FunctionVerbs, ASweepIsFollowedToItsLastPage) {
  answers["POST /v2/udfs/f/discover"] = {R"({"enqueued":5,"complete":false,"next_cursor":"c"})",
                                         R"({"enqueued":2,"complete":true})"};
  EXPECT_EQ(run_verb("fn discover", {"f"}), kOk);
  EXPECT_EQ(seen, std::vector<std::string>(2, "POST /v2/udfs/f/discover"));
  EXPECT_EQ(printed, "{\"udf_id\":\"f\",\"enqueued\":7}\n");
}

TEST_F(FunctionVerbs, ARunAppliesDiscoversAndWatchesToTheEnd) {
  answers["POST /v2/udfs/lengths/plan"] = {R"({"rows":7,"namespaces":[],"caveats":["about"]})"};
  answers["POST /v2/udfs/lengths/discover"] = {
      R"({"enqueued":5,"complete":false,"next_cursor":"c"})", R"({"enqueued":2,"complete":true})"};
  answers["GET /v2/udfs/lengths/status"] = {R"({"pending_count":7,"processing_count":0})",
                                            R"({"pending_count":0,"processing_count":0})"};
  EXPECT_EQ(
      run_verb("fn run", {}, {{"file", file.string()}, {"yes", "true"}, {"poll-interval", "1ms"}}),
      kOk);
  EXPECT_EQ(seen, (std::vector<std::string>{
                      "POST /v2/udfs/lengths/plan", "PUT /v2/udfs/lengths",
                      "POST /v2/udfs/lengths/discover", "POST /v2/udfs/lengths/discover",
                      "GET /v2/udfs/lengths/status", "GET /v2/udfs/lengths/status"}));
  EXPECT_NE(said.find("PRICE"), std::string::npos) << said;
  EXPECT_NE(said.find("note: about"), std::string::npos);
}

TEST_F(FunctionVerbs, RowsThatFailedMakeTheRunAFailure) {
  answers["GET /v2/udfs/lengths/status"] = {
      R"({"pending_count":0,"processing_count":0,"failed_count":2})"};
  EXPECT_EQ(
      run_verb("fn run", {}, {{"file", file.string()}, {"yes", "true"}, {"no-apply", "true"}}),
      kFailure);
  EXPECT_EQ(std::count(seen.begin(), seen.end(), "PUT /v2/udfs/lengths"), 0);
}

TEST_F(FunctionVerbs, ADetachedRunEndsWithWhatIsQueued) {
  answers["POST /v2/udfs/lengths/discover"] = {R"({"enqueued":5,"complete":true})"};
  EXPECT_EQ(run_verb("fn run", {}, {{"file", file.string()}, {"yes", "true"}, {"detach", "true"}}),
            kOk);
  EXPECT_EQ(printed, "{\"udf_id\":\"lengths\",\"enqueued\":5}\n");
}

TEST_F(FunctionVerbs, AFileWithMistakesIsAMatterOfUsage) {
  EXPECT_EQ(run_verb("fn run", {}, {{"yes", "true"}}), kUsage);
  EXPECT_EQ(run_verb("fn run", {}, {{"file", "/nowhere.yaml"}, {"yes", "true"}}), kUsage);
  EXPECT_TRUE(seen.empty());
}

}  // namespace
}  // namespace layer::cli
