#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include <boost/json.hpp>

#include "cli/batch_lines.h"
#include "cli/session.h"
#include "cli/work.h"
#include "http/test_server.h"

namespace layer::cli {
namespace {

using http::testing::TestServer;

// A command of the shell whose quotes are hard to write elsewhere.
BatchRun batch(const std::string& command, const std::string& input = {}) {
  const auto run =
      run_batch(command, input,
                {.time_max = std::chrono::seconds(60), .tick_every = std::chrono::milliseconds(10)},
                [] { return true; });
  EXPECT_TRUE(run) << run.error().message;
  return *run;
}

TEST(BatchCommand, LinesGoInAndComeOut) {
  std::string input;
  for (int i = 0; i < 20'000; ++i) {  // more than a pipe holds
    input += "line " + std::to_string(i) + "\n";
  }
  const auto run = batch("cat", input);
  EXPECT_TRUE(run.ok());
  EXPECT_EQ(run.output, input);
}

TEST(BatchCommand, AFailureIsToldWithTheEndOfItsWords) {
  ::testing::internal::CaptureStderr();
  const auto run = batch("echo first; echo torn >&2; exit 3");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "torn\n");
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_EQ(run.output, "first\n");
  EXPECT_EQ(run.why(), "exit code 3: torn");
  EXPECT_EQ(batch("kill -9 $$").exit_code, 128 + 9);
}

TEST(BatchCommand, EndsWhenItTakesTooLongOrIsNoLongerWanted) {
  const auto late = run_batch(
      "sleep 600", {},
      {.time_max = std::chrono::milliseconds(10), .tick_every = std::chrono::milliseconds(1)},
      [] { return true; });
  ASSERT_TRUE(late);
  EXPECT_TRUE(late->timed_out);
  EXPECT_FALSE(late->ok());
  int ticks = 0;
  const auto unwanted =
      run_batch("sleep 600", {},
                {.time_max = std::chrono::hours(1), .tick_every = std::chrono::milliseconds(1)},
                [&] { return ++ticks < 3; });
  ASSERT_TRUE(unwanted);
  EXPECT_FALSE(unwanted->ok());
}

TEST(BatchLines, AnswersFailuresAndWhatIsMissing) {
  const BatchRun run{.output = R"({"id":1,"namespace":"a","attributes":{"x":1}})"
                               "\n\n"
                               R"({"id":2,"error":{"kind":"throttled","retry_after_ms":50}})"
                               "\n"};
  const auto answers = read_answers(run, "namespace", "a");
  EXPECT_EQ(answers.by_key.size(), 2U);
  EXPECT_FALSE(failure_of(answers.by_key.at(line_key("a", 1))));
  EXPECT_EQ(failure_of(answers.by_key.at(line_key("a", 2)))->kind, FailureKind::kThrottled);
  EXPECT_EQ(answers.missing.kind, FailureKind::kTransient);
  EXPECT_EQ(read_answers({.output = "no json\n"}, "namespace", "a").missing.kind,
            FailureKind::kPermanent);
  EXPECT_EQ(read_answers({.exit_code = kExitPermanent}, "namespace", "a").missing.kind,
            FailureKind::kPermanent);
  EXPECT_EQ(read_answers({.exit_code = 1, .output = R"({"id":)"}, "namespace", "a").missing.kind,
            FailureKind::kTransient);
}

struct WorkerVerb : ::testing::Test {
  std::map<std::string, std::string> answers;  // by "METHOD target"; the first claim only
  std::map<std::string, int> statuses;         // others are 200
  std::vector<std::string> seen;
  TestServer server{[this](http::Request& request) -> async::Task<http::Response> {
    auto body = co_await http::read_all(*request.body, 1U << 20U);
    const std::string what = request.method + " " + request.target;
    const auto found = answers.find(what);
    const std::string answer = found == answers.end() ? "{}" : found->second;
    if (what.ends_with("/claim")) {
      answers.erase(what);
    } else {
      seen.push_back(what + " " + *body);
    }
    const auto status = statuses.find(what);
    co_return http::json_response(status == statuses.end() ? 200 : status->second, answer);
  }};

  int run_worker(const std::string& command, std::map<std::string, std::string> flags) {
    Settings settings;
    settings.base_url = "http://127.0.0.1:" + std::to_string(server.port());
    settings.output = "json";
    settings.flags = std::move(flags);
    settings.flags["until-empty"] = "true";
    settings.flags["worker-id"] = "w";
    for (const Verb& verb : verbs()) {
      if (verb.path == "worker") {
        ::testing::internal::CaptureStdout();
        ::testing::internal::CaptureStderr();
        const int code = run(verb, {command}, settings);
        printed = ::testing::internal::GetCapturedStdout();
        ::testing::internal::GetCapturedStderr();
        return code;
      }
    }
    std::abort();
  }
  std::string printed;
};

TEST_F(WorkerVerb, ItemsOfAFunctionAreCompletedOrFailedEachForItself) {
  answers["POST /v2/udfs/f/claim"] =
      R"({"items":[{"namespace":"n","id":1,"lease":"5","attempt":1,"input":{"t":"a"}},)"
      R"({"namespace":"n","id":2,"lease":"6","attempt":1,"input":{"t":"b"}}]})";
  EXPECT_EQ(run_worker(R"(cat >/dev/null; echo '{"id":1,"attributes":{"x":true}}'; )"
                       R"(echo '{"id":2,"error":{"kind":"permanent","message":"odd"}}')",
                       {{"function", "f"}}),
            kFailure);
  EXPECT_EQ(seen, (std::vector<std::string>{
                      "POST /v2/udfs/f/items/complete "
                      R"({"worker_id":"w","items":[{"namespace":"n","id":1,"lease":"5",)"
                      R"("attributes":{"x":true}}],"report_dispositions":true})",
                      "POST /v2/udfs/f/items/fail "
                      R"({"worker_id":"w","items":[{"namespace":"n","id":2,"lease":"6",)"
                      R"("kind":"permanent","message":"odd"}]})"}));
  EXPECT_EQ(printed, "{\"done\":1,\"failed\":1,\"rejected\":0}\n");
}

TEST_F(WorkerVerb, ACommandThatFailsFailsWhatItDidNotAnswer) {
  answers["POST /v2/udfs/f/claim"] =
      R"({"items":[{"namespace":"n","id":"a","lease":"5","attempt":1,"input":{}}]})";
  EXPECT_EQ(run_worker("echo no memory >&2; exit 9", {{"function", "f"}}), kFailure);
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_NE(seen[0].find(R"("kind":"transient","message":"exit code 9: no memory")"),
            std::string::npos)
      << seen[0];
}

TEST_F(WorkerVerb, WhatTheServerRejectsIsNotDone) {
  const std::string claim =
      R"({"items":[{"namespace":"n","id":1,"lease":"5","attempt":1,"input":{}},)"
      R"({"namespace":"n","id":2,"lease":"6","attempt":1,"input":{}}]})";
  const char* command = R"(cat >/dev/null; echo '{"id":1}'; echo '{"id":2}')";
  answers = {{"POST /v2/udfs/f/claim", claim},
             {"POST /v2/udfs/f/items/complete",
              R"({"results":[{"index":0,"ok":true},)"
              R"({"index":1,"ok":false,"reason":"stale_claim","disposition":"discard"}]})"}};
  run_worker(command, {{"function", "f"}});
  EXPECT_EQ(printed, "{\"done\":1,\"failed\":0,\"rejected\":1}\n");
  answers = {{"POST /v2/udfs/f/claim", claim}};
  statuses["POST /v2/udfs/f/items/complete"] = 409;
  run_worker(command, {{"function", "f"}});
  EXPECT_EQ(printed, "{\"done\":0,\"failed\":0,\"rejected\":2}\n");
}

TEST_F(WorkerVerb, AFunctionThatIsGoneEndsTheWorker) {
  statuses["POST /v2/udfs/f/claim"] = 404;
  EXPECT_EQ(run_worker("true", {{"function", "f"}}), kFailure);
  EXPECT_TRUE(refuses_for_good(403));
  for (const int busy : {408, 429, 500, 503}) {
    EXPECT_FALSE(refuses_for_good(busy)) << busy;
  }
}

TEST_F(WorkerVerb, ADocumentWithoutChunksIsDone) {
  answers["POST /v2/pipelines/p/claim"] = R"({"items":[{"id":"d","lease":"3","attempt":1}]})";
  answers["GET /v2/pipelines/p/documents/d/chunks"] = "[]";
  EXPECT_EQ(run_worker("exit 1", {{"pipeline", "p"}}), kOk);
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[1],
            "POST /v2/pipelines/p/documents/stage "
            R"({"worker_id":"w","stage":"indexed","items":[{"id":"d","lease":"3"}]})");
  EXPECT_EQ(printed, "{\"done\":1,\"failed\":0,\"rejected\":0}\n");
}

TEST_F(WorkerVerb, ADocumentGetsTheVectorsOfAllItsChunks) {
  answers["POST /v2/pipelines/p/claim"] = R"({"items":[{"id":"d/1","lease":"3","attempt":1}]})";
  answers["GET /v2/pipelines/p/documents/d%2F1/chunks"] =
      R"([{"id":"d/1#0","text":"one","metadata":{}},{"id":"d/1#1","text":"two","metadata":{}}])";
  EXPECT_EQ(run_worker(R"(cat >/dev/null; echo '{"id":"d/1#0","vector":[1]}'; )"
                       R"(echo '{"id":"d/1#1","vector":[2],"attributes":{"l":"en"}}')",
                       {{"pipeline", "p"}}),
            kOk);
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[1],
            "PUT /v2/pipelines/p/documents/d%2F1/vectors "
            R"({"worker_id":"w","lease":"3","vectors":[{"id":"d/1#0","vector":[1]},)"
            R"({"id":"d/1#1","vector":[2],"attributes":{"l":"en"}}]})");
}

TEST_F(WorkerVerb, ADocumentThatCannotBeDoneIsFailedWithTheReason) {
  answers["POST /v2/pipelines/p/claim"] = R"({"items":[{"id":"d","lease":"3","attempt":1}]})";
  answers["GET /v2/pipelines/p/documents/d/chunks"] = R"([{"id":"d#0","text":"one"}])";
  EXPECT_EQ(run_worker("echo bad scan >&2; exit 65", {{"pipeline", "p"}}), kFailure);
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[1],
            "POST /v2/pipelines/p/documents/stage "
            R"({"worker_id":"w","stage":"failed","items":[{"id":"d","lease":"3"}],)"
            R"("reason":"exit code 65: bad scan"})");
}

}  // namespace
}  // namespace layer::cli
