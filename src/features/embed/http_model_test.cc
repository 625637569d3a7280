#include "features/embed/http_model.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>

#include "async/run.h"
#include "http/test_server.h"
#include "json/document.h"
#include "json/writer.h"
#include "wire/base64.h"

namespace layer::features::embed {
namespace {

using namespace std::chrono_literals;

// An endpoint that embeds a text as {its length, 1}, unless a test says otherwise.
class HttpModelTest : public ::testing::Test {
 protected:
  using Answer = std::function<http::Response(const json::Value& request)>;

  static std::string vector_of(std::string_view text) {
    const std::vector<float> values{static_cast<float>(text.size()), 1.0F};
    return wire::encode_base64_f32(values);
  }
  static http::Response embeddings(const json::Value& request) {
    json::Writer out;
    out.begin_object().key("data").begin_array();
    // Backwards: the index says which is which.
    std::vector<std::string_view> inputs;
    for (const json::Value input : request["input"].get_array().value()) {
      inputs.push_back(input.get_string().value());
    }
    for (std::size_t i = inputs.size(); i > 0; --i) {
      out.begin_object()
          .member("index", i - 1)
          .member("embedding", vector_of(inputs[i - 1]))
          .end_object();
    }
    out.end_array().key("usage").begin_object().member("total_tokens", 3).end_object();
    out.end_object();
    return http::json_response(200, std::move(out).take());
  }
  async::Task<http::Response> serve(http::Request& request) {
    auto body = co_await http::read_all(*request.body, 1 << 20);
    const auto document = json::Document::parse(body.value_or(""));
    const std::lock_guard lock(mutex);
    ++calls;
    target = request.target;
    authorization = std::string(request.headers.find("authorization").value_or(""));
    bodies.push_back(body.value_or(""));
    co_return answer(document->root());
  }
  std::unique_ptr<HttpModel> make(ModelSpec spec = {}) {
    spec.name = "p/m";
    spec.kind = ModelSpec::Kind::kHttp;
    spec.remote_name = "m";
    spec.url = "http://127.0.0.1:" + std::to_string(server.port()) + "/base";
    spec.dims = 2;
    spec.normalize = false;
    return std::move(*HttpModel::make(spec, core::Secret("key"), loops));
  }
  Result<Vectors> embed(HttpModel& model, std::vector<std::string> texts, std::uint32_t dims = 2,
                        async::Duration time = 30s) {
    return async::run_blocking(loops.at(0), [&] {
      return model.embed({.texts = texts, .dims = dims}, async::SteadyClock::now() + time);
    });
  }
  static http::Response refuse(int status, std::string_view retry_after_ms) {
    auto response = http::json_response(status, "{}");
    response.headers.add("retry-after-ms", retry_after_ms);
    return response;
  }

  std::mutex mutex;
  int calls = 0;
  std::string target;
  std::string authorization;
  std::vector<std::string> bodies;
  Answer answer = embeddings;
  async::Loops loops{1};
  http::testing::TestServer server{[this](http::Request& request) { return serve(request); }};
};

TEST_F(HttpModelTest, AsksAsOpenAiDoesAndMatchesAnswersByIndex) {
  const auto model = make();
  const auto vectors = embed(*model, {"a", "bbb"});
  ASSERT_TRUE(vectors.has_value()) << vectors.error().message;
  EXPECT_EQ(vectors->rows, (std::vector<std::vector<float>>{{1, 1}, {3, 1}}));
  EXPECT_EQ(vectors->tokens, 3U);
  EXPECT_EQ(target, "/base/v1/embeddings");
  EXPECT_EQ(authorization, "Bearer key");
  EXPECT_EQ(bodies.at(0), R"({"model":"m","input":["a","bbb"],"encoding_format":"base64"})");
  EXPECT_EQ(model->state(), "ready");
}

TEST_F(HttpModelTest, SendsBatchesAndFewerDimensionsWhereAsked) {
  const auto model = make({.batch = 2});
  const auto vectors = embed(*model, {"a", "bb", "ccc"});
  ASSERT_TRUE(vectors.has_value());
  EXPECT_EQ(vectors->rows.at(2), (std::vector<float>{3, 1}));
  EXPECT_EQ(calls, 2);
  EXPECT_FALSE(embed(*model, {"a"}, 1).has_value());  // the answer has two
  EXPECT_NE(bodies.back().find(R"("dimensions":1)"), std::string::npos);
}

TEST_F(HttpModelTest, NumbersAreReadAsWell) {
  answer = [](const json::Value&) {
    return http::json_response(200, R"({"data":[{"embedding":[0.5,2]}]})");
  };
  EXPECT_EQ(embed(*make(), {"a"})->rows.at(0), (std::vector<float>{0.5F, 2.0F}));
}

TEST_F(HttpModelTest, AsksAgainTwiceWhenAskedToWait) {
  answer = [this](const json::Value& request) {
    return calls <= 2 ? refuse(calls == 1 ? 429 : 503, "1") : embeddings(request);
  };
  const auto model = make();
  EXPECT_TRUE(embed(*model, {"a"}).has_value());
  EXPECT_EQ(calls, 3);
}

TEST_F(HttpModelTest, PassesOnThatItShallWait) {
  answer = [](const json::Value&) { return refuse(429, "1"); };
  const auto model = make();
  const auto limited = embed(*model, {"a"});
  ASSERT_FALSE(limited.has_value());
  EXPECT_EQ(limited.error().code, ErrorCode::kRateLimited);
  EXPECT_EQ(limited.error().fields.back().name, "retry_after_ms");
  EXPECT_EQ(limited.error().fields.back().value, "1");
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(model->state(), "failing");
}

TEST_F(HttpModelTest, DoesNotWaitBeyondTheDeadline) {
  answer = [](const json::Value&) { return refuse(503, "50000"); };
  const auto down = embed(*make(), {"a"}, 2, 20s);
  ASSERT_FALSE(down.has_value());
  EXPECT_EQ(down.error().code, ErrorCode::kServiceUnavailable);
  EXPECT_EQ(calls, 1);
}

TEST_F(HttpModelTest, AnswersThatCannotBeUsedAreErrorsOfTheUpstream) {
  for (const char* const body :
       {"{", "[]", R"({"data":[]})", R"({"data":[{"embedding":[1,2,3]}]})",
        R"({"data":[{"embedding":"AAA"}]})", R"({"data":[{"embedding":[1,"x"]}]})",
        R"({"data":[{"embedding":[1,2],"index":1}]})", R"({"data":[{"embedding":[1e300,0]}]})",
        R"({"data":[{"embedding":[1,2],"index":0},{"embedding":[1,2],"index":0}]})"}) {
    answer = [=](const json::Value&) { return http::json_response(200, body); };
    const auto bad = embed(*make(), {"a"});
    ASSERT_FALSE(bad.has_value()) << body;
    EXPECT_EQ(bad.error().code, ErrorCode::kUpstream) << body;
  }
  answer = [](const json::Value&) { return http::json_response(401, "{}"); };
  EXPECT_EQ(embed(*make(), {"a"}).error().code, ErrorCode::kUpstream);
}

TEST_F(HttpModelTest, ADeadEndpointIsAServiceThatIsNotThere) {
  const auto model = make();
  server.server().stop({}, 5s);
  const auto down = embed(*model, {"a"});
  ASSERT_FALSE(down.has_value());
  EXPECT_EQ(down.error().code, ErrorCode::kServiceUnavailable);
  EXPECT_EQ(down.error().fields.at(1).value, "model");
}

TEST(SlotsTest, ThoseWhoWaitGetWhatIsGivenBack) {
  async::Loops loops(1);
  Slots slots(1);
  std::atomic<int> most = 0;
  int running = 0;
  async::run_blocking(loops.at(0), [&]() -> async::Task<> {
    const auto executor = co_await async::asio::this_coro::executor;
    async::TaskGroup group(async::asio::query(executor, async::asio::execution::context));
    const auto work = [&]() -> async::Task<> {
      auto hold = co_await slots.take(async::SteadyClock::now() + 30s);
      EXPECT_TRUE(hold.has_value());
      most = std::max(most.load(), ++running);
      async::Timer timer(executor, 1ms);
      co_await timer.async_wait(async::kToken);
      --running;
    };
    for (int i = 0; i < 5; ++i) {
      group.spawn(work());
    }
    co_await group.join();
  });
  EXPECT_EQ(most, 1);
}

TEST(SlotsTest, WaitingEndsWithTheDeadline) {
  async::Loops loops(1);
  Slots slots(1);
  const auto outcome = async::run_blocking(loops.at(0), [&]() -> async::Task<ErrorCode> {
    const auto first = co_await slots.take(async::TimePoint::max());
    const auto second = co_await slots.take(async::SteadyClock::now() + 1ms);
    co_return second ? ErrorCode::kInternal : second.error().code;
  });
  EXPECT_EQ(outcome, ErrorCode::kGatewayTimeout);
}

}  // namespace
}  // namespace layer::features::embed
