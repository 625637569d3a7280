#include "features/functions/function_spec.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

namespace layer::features::functions {
namespace {

using namespace std::chrono_literals;

// Of a specification that is refused.
std::string problem(std::string_view json) {
  const auto spec = parse_spec(json);
  if (spec) {
    return "";
  }
  EXPECT_EQ(spec.error().code, ErrorCode::kValidation);
  return spec.error().message;
}

std::string with(std::string_view member) {
  return fmt::format(R"({{"target_namespaces":["docs"],{}}})", member);
}

TEST(FunctionSpec, has_defaults_for_all_but_its_targets) {
  const auto spec = parse_spec(R"({"target_namespaces":["docs"]})");
  ASSERT_TRUE(spec) << spec.error().message;
  FunctionSpec expected;
  expected.target_namespaces = {"docs"};
  EXPECT_EQ(*spec, expected);
  EXPECT_EQ(spec->version, "v1");
  EXPECT_EQ(spec->worker.batch_size, 32U);
  EXPECT_EQ(spec->worker.timeout, 30s);
  EXPECT_EQ(spec->schedule.discovery_interval, 60s);
  EXPECT_EQ(spec->schedule.lease, 120s);
  EXPECT_EQ(spec->retry.attempts_max, 8U);
  EXPECT_EQ(spec->retry.longest, 300s);
  EXPECT_TRUE(spec->triggers.discovery);
  EXPECT_FALSE(spec->triggers.write);
}

TEST(FunctionSpec, reads_every_member_and_prints_it_again) {
  const std::string text = R"({
    "index_selector": {"team": "search", "tier": ""},
    "target_namespaces": ["docs", "images"], "inputs": ["title", "body"], "version": "v7",
    "filter": ["And", [["lang", "Eq", "de"], ["age", "Gt", 3]]],
    "worker": {"image": "i:1", "url": "https://w.example/f", "port": 8000,
               "command": ["run", "", "run"], "batch_size": 8, "timeout_seconds": 60,
               "pod_spec": {"x": [1, 2.50]}},
    "schedule": {"discovery_interval_seconds": 5, "lease_seconds": 30,
                 "max_in_flight_batches": 2, "max_concurrent_scans": 1},
    "retry": {"max_attempts": 3, "initial_backoff_seconds": 1, "max_backoff_seconds": 9},
    "triggers": ["write", "schedule"], "invalidates": ["other"],
    "output": {"vector_attribute": "v"}})";
  const auto spec = parse_spec(text);
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->index_selector.at("team"), "search");
  EXPECT_EQ(spec->inputs, (std::vector<std::string>{"title", "body"}));
  EXPECT_EQ(spec->filter, R"(["And",[["lang","Eq","de"],["age","Gt",3]]])");
  EXPECT_EQ(spec->worker.command.size(), 3U);
  EXPECT_EQ(spec->worker.port, 8000);
  EXPECT_EQ(spec->retry, (queue::RetryPolicy{.attempts_max = 3, .initial = 1s, .longest = 9s}));
  EXPECT_FALSE(spec->triggers.discovery);
  EXPECT_EQ(spec->vector_attribute, "v");
  const auto again = parse_spec(print_spec(*spec));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(*again, *spec);
}

TEST(FunctionSpec, names_the_member_at_fault) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"[]", "spec:"},
      {"{", "spec:"},
      {"{}", "target_namespaces: at least one"},
      {R"({"target_namespaces":["a/b"]})", "target_namespaces: 'a/b'"},
      {R"({"target_namespaces":["a","a"]})", "target_namespaces: names 'a' twice"},
      {R"({"target_namespaces":"a"})", "target_namespaces:"},
      {R"({"index_selector":{"a":1}})", "index_selector.a:"},
      {with(R"("inputs":[1])"), "inputs[0]:"},
      {with(R"("inputs":["_hevlayer_shard"])"), "inputs: '_hevlayer_shard' is reserved"},
      {with(R"("inputs":["vector"])"), "output.vector_attribute:"},
      {with(R"("output":{"vector_attribute":"id"})"), "output.vector_attribute:"},
      {with(R"("output":{"other":1})"), "output.other:"},
      {with(R"("version":"")"), "version:"},
      {with(R"("filter":["x","Nope",1])"), "filter:"},
      {with(R"("worker":{"url":"ftp://x"})"), "worker.url:"},
      {with(R"("worker":{"port":0})"), "worker.port:"},
      {with(R"("worker":{"batch_size":1001})"), "worker.batch_size:"},
      {with(R"("worker":{"pod_spec":[]})"), "worker.pod_spec:"},
      {with(R"("worker":{"colour":1})"), "worker.colour:"},
      {with(R"("schedule":{"lease_seconds":4})"), "schedule.lease_seconds:"},
      {with(R"("schedule":{"max_concurrent_scans":0})"), "schedule.max_concurrent_scans:"},
      {with(R"("retry":{"max_attempts":0})"), "retry.max_attempts:"},
      {with(R"("retry":{"max_attempts":1.5})"), "retry.max_attempts:"},
      {with(R"("retry":{"initial_backoff_seconds":9,"max_backoff_seconds":8})"),
       "retry.max_backoff_seconds:"},
      {with(R"("triggers":["often"])"), "triggers:"},
      {with(R"("invalidates":["A"])"), "invalidates: 'A'"},
      {with(R"("colour":1)"), "colour:"}};
  for (const auto& [json, expected] : cases) {
    EXPECT_TRUE(problem(json).starts_with(expected)) << json << " -> " << problem(json);
  }
}

TEST(FunctionSpec, ids_are_labels) {
  for (const char* id : {"a", "0", "embed-title", "x-"}) {
    EXPECT_TRUE(check_function_id(id)) << id;
  }
  for (const std::string& id : {std::string(), std::string("-a"), std::string("A"),
                                std::string("a_b"), std::string(kFunctionIdBytesMax + 1, 'a')}) {
    EXPECT_FALSE(check_function_id(id)) << id;
  }
}

TEST(FunctionSpec, a_selector_wants_all_its_labels) {
  FunctionSpec spec;
  EXPECT_FALSE(selects(spec, {{"a", "1"}})) << "no selector selects nothing";
  spec.index_selector = {{"a", "1"}, {"b", "2"}};
  EXPECT_TRUE(selects(spec, {{"a", "1"}, {"b", "2"}, {"c", "3"}}));
  EXPECT_FALSE(selects(spec, {{"a", "1"}}));
  EXPECT_FALSE(selects(spec, {{"a", "1"}, {"b", "3"}}));
}

TEST(FunctionSpec, no_function_may_invalidate_itself) {
  EXPECT_TRUE(check_cycles({{"a", {"b", "c"}}, {"b", {"d"}}, {"c", {"d", "unknown"}}, {"d", {}}}));
  EXPECT_FALSE(check_cycles({{"a", {"a"}}}));
  EXPECT_FALSE(check_cycles({{"a", {"b"}}, {"b", {"a"}}}));
  const auto long_way = check_cycles({{"a", {"x", "b"}}, {"b", {"c"}}, {"c", {"d"}}, {"d", {"b"}}});
  ASSERT_FALSE(long_way);
  EXPECT_EQ(long_way.error().code, ErrorCode::kValidation);
}

TEST(FunctionSpec, markers_are_attributes_of_its_name) {
  const Markers markers = markers_of("embed-title");
  EXPECT_EQ(markers.version, "_hevlayer_udf_embed_title_v");
  EXPECT_EQ(markers.stale_after, "_hevlayer_udf_embed_title_stale_after");
  EXPECT_EQ(markers.hash, "_hevlayer_udf_embed_title_h");
  EXPECT_EQ(markers.at, "_hevlayer_udf_embed_title_at");
}

}  // namespace
}  // namespace layer::features::functions
