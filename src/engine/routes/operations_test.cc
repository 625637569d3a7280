#include "engine/routes/operations.h"

#include <gtest/gtest.h>

#include <latch>
#include <memory>
#include <stdexcept>
#include <string>

namespace layer::engine::routes {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kNever{0};
constexpr milliseconds kLong{3'600'000};
constexpr std::string_view kRunning =
    R"({"status":"running","start_time":"1970-01-01T00:00:00.007000000Z"})";
constexpr std::string_view kFinished =
    R"({"status":"finished","start_time":"1970-01-01T00:00:00.007000000Z",)"
    R"("finish_time":"1970-01-01T00:00:00.007000000Z","result":)";

wire::Datetime always_seven() {
  return {7};
}

wire::Response answer(int status, std::string body) {
  wire::Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

std::string token_of(const wire::Response& accepted) {
  const std::string prefix = R"({"token":")";
  EXPECT_TRUE(accepted.body.starts_with(prefix)) << accepted.body;
  return accepted.body.substr(prefix.size(), accepted.body.size() - prefix.size() - 2);
}

// Starts work that answers once it is released, and comes back without waiting for it.
class Slow {
 public:
  Operations::Work work(wire::Response response) {
    return [released = released_, response] {
      released->wait();
      return response;
    };
  }
  void release() { released_->count_down(); }

 private:
  // Shared: the work may still look at it when the test is over.
  std::shared_ptr<std::latch> released_ = std::make_shared<std::latch>(1);
};

std::string poll_until_finished(Operations& operations, const std::string& token) {
  while (true) {
    const auto polled = operations.poll("ns", token);
    if (!polled) {
      return polled.error().message;
    }
    if (polled->body != kRunning) {
      return polled->body;
    }
    std::this_thread::yield();
  }
}

TEST(Operations, ShortWorkIsAnsweredAtOnce) {
  Background background{{}};
  Operations operations({.grace = kLong}, background);
  const auto response = operations.run("ns", [] { return answer(200, "{}"); });
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "{}");
}

TEST(Operations, LongWorkGivesATokenToPoll) {
  Background background{{}};
  Operations operations({.grace = kNever, .now = always_seven}, background);
  Slow slow;
  const auto accepted = operations.run("ns", slow.work(answer(200, R"({"status":"OK"})")));
  EXPECT_EQ(accepted.status, 202);
  const std::string token = token_of(accepted);
  const std::vector<std::pair<std::string, std::string>> expected{
      {"preference-applied", "respond-async"},
      {"location", "/v1/namespaces/ns/operations/" + token}};
  EXPECT_EQ(accepted.headers, expected);
  EXPECT_EQ(operations.poll("ns", token)->body, kRunning);
  slow.release();
  EXPECT_EQ(poll_until_finished(operations, token),
            std::string(kFinished) + R"({"success":{"status":"OK"}}})");
  EXPECT_EQ(operations.poll("ns", token)->status, 200);
}

TEST(Operations, StartedWorkIsNeverWaitedFor) {
  Background background{{}};
  Operations operations({.grace = kLong, .now = always_seven}, background);
  Slow slow;
  const auto started = operations.start("ns", slow.work(answer(200, R"({"status":"OK"})")));
  EXPECT_EQ(started.status, 202);
  EXPECT_TRUE(started.headers.empty());  // else clients would poll by themselves
  const std::string token = token_of(started);
  EXPECT_EQ(operations.poll("ns", token)->body, kRunning);
  slow.release();
  EXPECT_EQ(poll_until_finished(operations, token),
            std::string(kFinished) + R"({"success":{"status":"OK"}}})");
}

TEST(Operations, WithoutAFreeThreadStartedWorkIsFinishedWithItsToken) {
  Background background{{.threads = 1, .queue_max = 0}};
  Operations operations({.now = always_seven}, background);
  const auto started = operations.start("ns", [] { return answer(200, "{}"); });
  EXPECT_EQ(operations.poll("ns", token_of(started))->body,
            std::string(kFinished) + R"({"success":{}}})");
}

TEST(Operations, AFailureKeepsItsStatusAndBody) {
  Background background{{}};
  Operations operations({.grace = kNever, .now = always_seven}, background);
  Slow slow;
  const auto accepted =
      operations.run("ns", slow.work(answer(404, R"({"status":"error","error":"x"})")));
  slow.release();
  EXPECT_EQ(poll_until_finished(operations, token_of(accepted)),
            std::string(kFinished) + R"({"error":{"status_code":404,)"
                                     R"("detail":{"status":"error","error":"x"}}}})");
}

TEST(Operations, ATokenIsKnownToItsNamespaceOnly) {
  Background background{{}};
  Operations operations({.grace = kNever, .now = always_seven}, background);
  Slow slow;
  const std::string token = token_of(operations.run("ns", slow.work(answer(200, "{}"))));
  EXPECT_EQ(operations.poll("other", token).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(operations.poll("ns", "op_unknown").error().code, ErrorCode::kNotFound);
  slow.release();
}

TEST(Operations, FinishedOnesAreForgottenWhenTheyAreTooMany) {
  Background background{{}};
  Operations operations({.grace = kNever, .kept_max = 1, .now = always_seven}, background);
  Slow first;
  Slow second;
  const std::string old = token_of(operations.run("ns", first.work(answer(200, "{}"))));
  first.release();
  poll_until_finished(operations, old);
  const std::string fresh = token_of(operations.run("ns", second.work(answer(200, "{}"))));
  EXPECT_FALSE(operations.poll("ns", old));
  EXPECT_TRUE(operations.poll("ns", fresh));
  second.release();
}

TEST(Operations, WithoutAFreeThreadTheWorkRunsInTheRequest) {
  Background background{{.threads = 1, .queue_max = 0}};
  Operations operations({.grace = kNever, .now = always_seven}, background);
  EXPECT_EQ(operations.run("ns", [] { return answer(200, "here"); }).body, "here");
}

TEST(Operations, WhatTheWorkThrowsIsAnAnswer) {
  Background background{{}};
  Operations operations({.grace = kLong}, background);
  const auto response =
      operations.run("ns", []() -> wire::Response { throw std::runtime_error("x"); });
  EXPECT_EQ(response.status, 500);
}

TEST(Background, AJobThatThrowsEndsAlone) {
  Background background{{.threads = 1}};
  std::latch done{1};
  ASSERT_TRUE(background.run([] { throw std::runtime_error("x"); }));
  ASSERT_TRUE(background.run([&] { done.count_down(); }));
  done.wait();
}

TEST(Background, StopEndsWhatRunsAndDropsWhatWaits) {
  Background background{{.threads = 1, .queue_max = 1'000'000}};  // so that a refusal means stop
  std::latch started{1};
  std::latch release{1};
  bool first = false;
  bool second = false;
  ASSERT_TRUE(background.run([&] {
    started.count_down();
    release.wait();
    first = true;
  }));
  started.wait();
  ASSERT_TRUE(background.run([&] { second = true; }));
  std::thread stopper([&] { background.stop(); });
  while (background.run([] {})) {  // until stop() is under way
    std::this_thread::yield();
  }
  release.count_down();
  stopper.join();
  EXPECT_TRUE(first);
  EXPECT_FALSE(second);
  EXPECT_FALSE(background.run([] {}));
}

}  // namespace
}  // namespace layer::engine::routes
