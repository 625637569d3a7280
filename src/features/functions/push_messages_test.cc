// What a worker is sent, and what its answer says of each item.
#include "features/functions/push_messages.h"

#include <gtest/gtest.h>

namespace layer::features::functions {
namespace {

using namespace std::chrono_literals;
using queue::FailureKind;
using queue::IdKind;

FunctionSpec spec() {
  return *parse_spec(R"({"target_namespaces":["docs"],"inputs":["title"]})");
}

WorkItem item(IdKind kind, std::string id, std::uint64_t lease = 1) {
  return {.key = {.ns = "docs", .id_kind = kind, .id = std::move(id)},
          .lease = lease,
          .input = R"({"title":"a"})"};
}

PushAnswer read(const std::string& body, const std::vector<WorkItem>& sent) {
  auto answer = read_push_answer(body, spec(), sent);
  EXPECT_TRUE(answer) << answer.error().message;
  return answer ? std::move(*answer) : PushAnswer{};
}

TEST(PushMessages, a_batch_names_its_function_and_its_items) {
  const RegisteredFunction function{.id = "f", .spec = spec()};
  EXPECT_EQ(print_push(function, {item(IdKind::kUint, "7", 3), item(IdKind::kString, "x\"y")}),
            R"({"function":"f","version":"v1","items":[)"
            R"({"namespace":"docs","id":7,"lease":"3","input":{"title":"a"}},)"
            R"({"namespace":"docs","id":"x\"y","lease":"1s","input":{"title":"a"}}]})");
}

TEST(PushMessages, results_are_those_of_the_items_that_are_named) {
  const PushAnswer answer =
      read(R"({"items":[{"namespace":"docs","id":"7","attributes":{"a":1}},)"
           R"({"namespace":"docs","id":7,"attributes":{"a":2},"vector":null},)"
           R"({"namespace":"docs","id":7,"attributes":{"a":3}},)"
           R"({"namespace":"other","id":8,"attributes":{"a":4}},{"id":9},5]})",
           {item(IdKind::kUint, "7"), item(IdKind::kString, "7"), item(IdKind::kUint, "8")});
  ASSERT_EQ(answer.completions.size(), 2U);
  EXPECT_EQ(answer.completions[0].lease.key.id_kind, IdKind::kUint);
  EXPECT_EQ(answer.completions[0].attributes, R"({"a":2})") << "the first word counts";
  EXPECT_EQ(answer.completions[1].attributes, R"({"a":1})");
  ASSERT_EQ(answer.failures.size(), 1U);
  EXPECT_EQ(answer.failures[0].lease.key.id, "8");
  EXPECT_EQ(answer.failures[0].kind, FailureKind::kTransient) << "missing";
}

TEST(PushMessages, a_vector_is_that_of_the_output_attribute) {
  const PushAnswer answer = read(
      R"({"items":[{"namespace":"docs","id":1,"vector":[1,2]},{"namespace":"docs","id":2,"vector":[1],"vectors":{"v":[1]}}]})",
      {item(IdKind::kUint, "1"), item(IdKind::kUint, "2")});
  ASSERT_EQ(answer.completions.size(), 1U);
  EXPECT_EQ(answer.completions[0].vectors, R"({"vector":[1,2]})");
  EXPECT_EQ(answer.failures.at(0).kind, FailureKind::kPermanent);
}

TEST(PushMessages, failures_have_a_kind_and_a_wait) {
  const PushAnswer answer = read(
      R"({"items":[{"namespace":"docs","id":1,"error":{"kind":"permanent","message":"no"}},)"
      R"({"namespace":"docs","id":2,"error":{"kind":"throttled","retry_after_ms":250}},)"
      R"({"namespace":"docs","id":3,"error":{"kind":"throttled","retry_after_ms":99999999999}},)"
      R"({"namespace":"docs","id":4,"error":{"kind":"odd"}},)"
      R"({"namespace":"docs","id":5,"attributes":{"title":"an input"}}]})",
      {item(IdKind::kUint, "1"), item(IdKind::kUint, "2"), item(IdKind::kUint, "3"),
       item(IdKind::kUint, "4"), item(IdKind::kUint, "5")});
  ASSERT_EQ(answer.failures.size(), 5U);
  EXPECT_EQ(answer.failures[0].kind, FailureKind::kPermanent);
  EXPECT_EQ(answer.failures[0].message, "no");
  EXPECT_EQ(answer.failures[1].kind, FailureKind::kThrottled);
  EXPECT_EQ(answer.failures[1].retry_after, 250ms);
  EXPECT_EQ(answer.failures[2].retry_after, 600s) << "at most";
  EXPECT_EQ(answer.failures[3].kind, FailureKind::kTransient) << "as unknown exceptions are";
  EXPECT_EQ(answer.failures[4].kind, FailureKind::kPermanent) << "it may never be written";
}

TEST(PushMessages, what_is_no_answer_is_an_error) {
  for (const char* body : {"", "x", "{}", R"({"items":{}})", R"([1])", R"({"items":[1})"}) {
    EXPECT_FALSE(read_push_answer(body, spec(), {item(IdKind::kUint, "1")})) << body;
  }
}

TEST(PushMessages, statuses_say_who_is_to_blame) {
  EXPECT_EQ(refusal_of(429, {{"retry-after", "2"}}).retry_after, 2s);
  EXPECT_EQ(refusal_of(503, {{"retry-after-ms", "20"}}).retry_after, 20ms);
  EXPECT_EQ(refusal_of(503, {{"retry-after", "soon"}}).retry_after, 1s);
  EXPECT_EQ(refusal_of(503, {}).kind, FailureKind::kThrottled);
  for (const int status : {500, 502, 504, 301, 204}) {
    EXPECT_EQ(refusal_of(status, {}).kind, FailureKind::kTransient) << status;
  }
  for (const int status : {400, 404, 422}) {
    EXPECT_EQ(refusal_of(status, {}).kind, FailureKind::kPermanent) << status;
  }
}

}  // namespace
}  // namespace layer::features::functions
