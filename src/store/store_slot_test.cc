#include "store/store_slot.h"

#include <string>

#include <gtest/gtest.h>

#include "async/loops.h"
#include "async/run.h"

namespace layer::store {
namespace {

// Answers with a body that reads from the store it came from.
class StreamingStore final : public VectorStore {
 public:
  StreamingStore(std::string text, bool& gone) : text_(std::move(text)), gone_(gone) {}
  ~StreamingStore() override { gone_ = true; }
  StreamingStore(const StreamingStore&) = delete;
  StreamingStore& operator=(const StreamingStore&) = delete;

  async::Task<Result<Answer>> send(Call) override {
    Answer answer;
    answer.stream = std::make_unique<Text>(text_);
    co_return answer;
  }
  std::string_view name() const override { return "eu"; }
  std::string_view kind() const override { return "turbopuffer"; }
  std::string_view origin() const override { return text_; }
  const Capabilities& capabilities() const override { return capabilities_; }
  StoreStatus status() const override { return {.in_flight = 7}; }

 private:
  class Text final : public http::Body {
   public:
    explicit Text(const std::string& text) : text_(text) {}
    async::Task<Result<std::string_view>> next() override { co_return text_; }

   private:
    const std::string& text_;
  };

  std::string text_;
  bool& gone_;
  Capabilities capabilities_;
};

struct StoreSlotTest : ::testing::Test {
  async::Loops loops{1};
  bool old_gone = false;
  bool new_gone = false;
  StoreSlot slot{std::make_shared<StreamingStore>("http://old", old_gone)};

  Result<Answer> call() {
    return async::run_blocking(loops.at(0), [&] { return slot.send({}); });
  }
  std::unique_ptr<http::Body> open() { return std::move(call()->stream); }
  std::string read(http::Body& body) {
    return std::string(*async::run_blocking(loops.at(0), [&] { return body.next(); }));
  }
};

TEST_F(StoreSlotTest, AnswersUnderWayFinishOnTheOldStore) {
  auto before = open();
  slot.replace(std::make_shared<StreamingStore>("http://new", new_gone));
  EXPECT_EQ(read(*open()), "http://new");
  EXPECT_FALSE(old_gone);
  EXPECT_EQ(read(*before), "http://old");
  before.reset();
  EXPECT_TRUE(old_gone);
}

TEST_F(StoreSlotTest, WhatWasSaidOfAStoreStaysReadable) {
  const std::string_view origin = slot.origin();
  slot.replace(std::make_shared<StreamingStore>("http://new", new_gone));
  EXPECT_TRUE(old_gone);
  EXPECT_EQ(origin, "http://old");
  EXPECT_EQ(slot.origin(), "http://new");
  EXPECT_EQ(slot.status().in_flight, 7U);
}

TEST_F(StoreSlotTest, WithoutAStoreCallsAreRefused) {
  slot.replace(nullptr);
  const auto refused = call();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kServiceUnavailable);
  EXPECT_NE(refused.error().message.find("'eu'"), std::string::npos);
  EXPECT_EQ(slot.status().in_flight, 0U);
  EXPECT_EQ(slot.origin(), "http://old");
}

}  // namespace
}  // namespace layer::store
