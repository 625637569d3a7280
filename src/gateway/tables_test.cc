// The generated files are fresh, the tables are whole.
#include <fstream>
#include <iterator>
#include <set>

#include <gtest/gtest.h>

#include "core/options.h"
#include "gateway/metrics_table.h"
#include "gateway/namespace_samples.h"
#include "gateway/openapi.h"
#include "gateway/route_handler.h"
#include "testing/source_dir.h"

namespace layer::gateway {
namespace {

std::string read(const char* path) {
  std::ifstream file(testing::source_dir() / path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(OpenApi, TheFileIsFresh) {
  EXPECT_EQ(read("api/openapi.yaml"), openapi_document())
      << "run: build/dev/layer api openapi > api/openapi.yaml";
}

TEST(MetricsReference, IsFresh) {
  EXPECT_EQ(read("docs/reference/metrics.md"), metrics_reference())
      << "run: build/dev/layer metrics catalog --markdown > docs/reference/metrics.md";
}

TEST(MetricsTable, NamesAreUniqueAndEveryRowSaysWhatItMeans) {
  std::set<std::string_view> names;
  for (const MetricRow& row : metric_table()) {
    EXPECT_TRUE(names.insert(row.spec.name).second) << row.spec.name;
    EXPECT_FALSE(row.spec.help.empty()) << row.spec.name;
    EXPECT_FALSE(row.family.empty()) << row.spec.name;
    EXPECT_EQ(row.spec.kind == core::MetricKind::kHistogram, !row.spec.buckets.empty())
        << row.spec.name;
  }
}

TEST(RouteHandlers, AreCompleteWithOneForEveryRouteOfTheGateway) {
  struct Nothing final : RouteHandler {
    async::Task<Result<http::Response>> handle(Exchange&) override { co_return http::Response{}; }
  } handler;
  RouteHandlers handlers;
  EXPECT_FALSE(handlers.complete());
  RouteId last{};
  for (const Route& route : route_table()) {
    if (route.serving == Serving::kLayer) {
      handlers.serve(route.id, handler);
      last = route.id;
    }
  }
  EXPECT_TRUE(handlers.complete());
  RouteHandlers but_one;
  for (const Route& route : route_table()) {
    if (route.serving == Serving::kLayer && route.id != last) {
      but_one.serve(route.id, handler);
    }
  }
  EXPECT_FALSE(but_one.complete());
}

TEST(NamespaceSamples, BeyondTheLimitNamesShareALabel) {
  core::Metrics metrics;
  const auto samples = std::make_unique<NamespaceSamples>(metrics);
  for (std::size_t i = 0; i < kNamespacesMax; ++i) {
    const std::string name = std::to_string(i);
    ASSERT_EQ(samples->label(name), name);
  }
  EXPECT_EQ(samples->label("one more"), "other");
  EXPECT_EQ(samples->label("7"), "7");
  samples->observe(RequestKind::kQuery, "and another", Outcome::kOk, 0.25, 0.2);
  samples->observe(RequestKind::kHead, "7", Outcome::kTimeout, 1.0, 0.0);
  const std::string text = metrics.print();
  EXPECT_NE(
      text.find(
          R"(layer_query_tpuf_seconds_sum{pipeline_id="direct",namespace="other",status="ok"} 0.2)"),
      std::string::npos);
  EXPECT_NE(
      text.find(
          R"(layer_head_duration_seconds_count{pipeline_id="direct",namespace="7",status="timeout"} 1)"),
      std::string::npos);
}

}  // namespace
}  // namespace layer::gateway
