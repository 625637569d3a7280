#include "gateway/billed_body.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "async/loops.h"
#include "async/run.h"

namespace layer::gateway {
namespace {

const std::string kAnswer = R"({"rows":[],"billing":{"billable_logical_bytes_queried":256,)"
                            R"("billable_logical_bytes_returned":9}})";
constexpr features::billing::Billing kBilled{.bytes_queried = 256, .bytes_returned = 9};

// Without a size, so that its reader asks for the end.
class Unsized final : public http::Body {
 public:
  explicit Unsized(std::string text) : inner_(std::move(text)) {}
  async::Task<Result<std::string_view>> next() override { return inner_.next(); }

 private:
  http::StringBody inner_;
};

struct BilledBodyTest : ::testing::Test {
  async::Loops loops{1};
  http::StringBody body{""};
  http::Request request{.method = "POST",
                        .target = "/v2/namespaces/films/query",
                        .headers = {},
                        .peer = "127.0.0.1",
                        .body = &body};
  Exchange exchange{request, match_route(request.method, request.path())};

  void read(http::Body& from, int pieces) {
    for (int i = 0; i < pieces; ++i) {
      EXPECT_TRUE(async::run_blocking(loops.at(0), [&] { return from.next(); }).has_value());
    }
  }
};

TEST_F(BilledBodyTest, AHeldAnswerIsReadAtOnce) {
  store::Answer answer{.body = kAnswer};
  note_billing(exchange, answer);
  EXPECT_EQ(exchange.billed, kBilled);
  EXPECT_EQ(answer.body, kAnswer);
}

TEST_F(BilledBodyTest, AStreamedAnswerIsReadWhenItHasPassed) {
  store::Answer answer;
  answer.stream = std::make_unique<Unsized>(kAnswer);
  note_billing(exchange, answer);
  read(*answer.stream, 2);
  answer.stream.reset();
  EXPECT_EQ(exchange.billed, kBilled);
}

TEST_F(BilledBodyTest, ASenderThatKnowsTheSizeNeedNotAskForTheEnd) {
  store::Answer answer;
  answer.stream = std::make_unique<http::StringBody>(kAnswer);
  note_billing(exchange, answer);
  EXPECT_EQ(answer.stream->size(), kAnswer.size());
  read(*answer.stream, 1);
  answer.stream.reset();
  EXPECT_EQ(exchange.billed, kBilled);
}

TEST_F(BilledBodyTest, WhatBreaksOffSaysNothing) {
  store::Answer answer;
  answer.stream = std::make_unique<Unsized>(kAnswer);
  note_billing(exchange, answer);
  read(*answer.stream, 1);
  answer.stream.reset();
  EXPECT_EQ(exchange.billed, std::nullopt);
}

TEST_F(BilledBodyTest, SeveralAnswersAddUpAndRefusalsDoNot) {
  store::Answer first{.body = kAnswer};
  store::Answer second{.body = kAnswer};
  store::Answer refused{.status = 400, .body = kAnswer};
  note_billing(exchange, first);
  note_billing(exchange, refused);
  note_billing(exchange, second);
  EXPECT_EQ(exchange.billed,
            (features::billing::Billing{.bytes_queried = 512, .bytes_returned = 18}));
}

}  // namespace
}  // namespace layer::gateway
