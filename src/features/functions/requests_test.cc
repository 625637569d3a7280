#include "features/functions/requests.h"

#include <gtest/gtest.h>

#include <string>

namespace layer::features::functions {
namespace {

FunctionSpec spec() {
  return *parse_spec(R"({"target_namespaces":["docs"],"output":{"vector_attribute":"v"}})");
}

TEST(FunctionRequests, ResultsKeepTheBytesTheyCameIn) {
  const auto report = parse_completions(
      R"({"worker_id":"w","report_dispositions":true,"items":[
          {"namespace":"docs","id":7,"lease":"12","attributes":{"a": 1.50, "b":[1,  2]}},
          {"namespace":"docs","id":"0b8f5d2e-5f0e-4e2b-9a37-0d8f0f9f6c11","vector":[0.10,2e1]},
          {"namespace":"docs","id":"x","lease":"3s","vectors":{"w":[1]}}]})",
      spec());
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->dispositions);
  ASSERT_EQ(report->items.size(), 3U);
  EXPECT_EQ(report->items[0].lease.epoch, 12U);
  EXPECT_EQ(report->items[0].lease.key.id_kind, queue::IdKind::kUint);
  EXPECT_EQ(report->items[0].attributes, R"({"a": 1.50, "b":[1,  2]})");
  EXPECT_EQ(report->items[1].lease.key.id_kind, queue::IdKind::kUuid);
  EXPECT_EQ(report->items[1].lease.epoch, 0U);
  EXPECT_EQ(report->items[1].vectors, R"({"v":[0.10,2e1]})");
  EXPECT_EQ(report->items[2].lease.key.id_kind, queue::IdKind::kString);
  EXPECT_EQ(report->items[2].vectors, R"({"w":[1]})");
}

TEST(FunctionRequests, ALeaseSaysWhichKindOfIdATextIs) {
  const std::string looks = "0b8f5d2e-5f0e-4e2b-9a37-0d8f0f9f6c11";
  for (const auto kind : {queue::IdKind::kUuid, queue::IdKind::kString}) {
    const queue::ItemKey key{.ns = "docs", .id_kind = kind, .id = looks};
    const auto report = parse_beats(R"({"worker_id":"w","items":[{"namespace":"docs","id":")" +
                                    looks + R"(","lease":")" + print_lease(key, 5) + R"("}]})");
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->items[0].key, key);
    EXPECT_EQ(report->items[0].epoch, 5U);
  }
}

TEST(FunctionRequests, ErrorsNameTheMember) {
  const auto items = [](const std::string& item) {
    return R"({"worker_id":"w","items":[)" + item + "]}";
  };
  const std::vector<std::pair<std::string, std::string>> cases{
      {"[]", "body:"},
      {R"({"worker_id":"w"})", "items:"},
      {R"({"items":[]})", "worker_id:"},
      {items("7"), "items[0]:"},
      {items(R"({"id":1})"), "items[0].namespace:"},
      {items(R"({"namespace":"docs"})"), "items[0].id:"},
      {items(R"({"namespace":"docs","id":-1})"), "items[0].id:"},
      {items(R"({"namespace":"docs","id":1,"lease":"0"})"), "items[0].lease:"},
      {items(R"({"namespace":"docs","id":1,"lease":"1x"})"), "items[0].lease:"},
      {items(R"({"namespace":"docs","id":1,"kind":"transient","odd":1})"), "items[0].odd:"},
      {items(R"({"namespace":"docs","id":1})"), "items[0].kind:"},
      {items(R"({"namespace":"docs","id":1,"kind":"throttled","retry_after_ms":-1})"),
       "items[0].retry_after_ms:"},
  };
  for (const auto& [body, words] : cases) {
    const auto report = parse_failures(body);
    ASSERT_FALSE(report) << body;
    EXPECT_EQ(report.error().code, ErrorCode::kValidation);
    EXPECT_TRUE(report.error().message.starts_with(words)) << report.error().message;
  }
  const auto both = parse_completions(
      items(R"({"namespace":"docs","id":1,"vector":[1],"vectors":{"w":[1]}})"), spec());
  EXPECT_EQ(both.error().message, "items[0].vector: give either vector or vectors");
}

TEST(FunctionRequests, AThrottledItemWaitsTenMinutesAtMost) {
  const auto report = parse_failures(
      R"({"worker_id":"w","items":[
          {"namespace":"docs","id":1,"kind":"throttled","retry_after_ms":99999999},
          {"namespace":"docs","id":2,"kind":"throttled"}]})");
  ASSERT_TRUE(report);
  EXPECT_EQ(report->items[0].retry_after, kRetryAfterMax);
  EXPECT_EQ(report->items[1].retry_after, kRetryAfterDefault);
}

}  // namespace
}  // namespace layer::features::functions
