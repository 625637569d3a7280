#include "features/functions/discovery.h"

#include <algorithm>
#include <set>

#include "features/functions/requests.h"
#include "features/functions/test_site.h"

namespace layer::features::functions {
namespace {

constexpr int kRows = 400;

class SampledDiscovery : public FunctionSite {
 protected:
  void fill() {
    std::string body = R"({"upsert_rows":[)";
    for (int id = 1; id <= kRows; ++id) {
      body += fmt::format(R"({}{{"id":{},"title":"t"}})", id == 1 ? "" : ",", id);
    }
    write(body + "]}");
  }
  SweepResult sweep_some(const RegisteredFunction& function, RowSample sample,
                         std::size_t page_rows = 100) {
    auto swept = run([&] {
      return discovery->sweep(
          {.function = function, .ns = "docs", .page_rows = page_rows, .sample = sample},
          async::TimePoint::max());
    });
    EXPECT_TRUE(swept) << swept.error().message;
    return swept ? *swept : SweepResult{};
  }
  std::set<std::string> waiting() {
    const auto items = run([&] { return queue->items("f", {}, std::nullopt, 1000); });
    std::set<std::string> ids;
    for (const auto& item : *items) {
      ids.insert(item.key.id);
    }
    return ids;
  }
};

TEST_F(SampledDiscovery, TakesTheSameShareOfTheRowsEveryTime) {
  fill();
  const auto function = put(R"({"target_namespaces":["docs"],"triggers":[]})");
  const SweepResult first = sweep_some(function, {.share = 0.1});
  EXPECT_TRUE(first.complete);
  EXPECT_GT(first.enqueued, kRows / 20);
  EXPECT_LT(first.enqueued, kRows / 5);
  const auto tenth = waiting();
  EXPECT_EQ(sweep_some(function, {.share = 0.1}).enqueued, 0U);
  EXPECT_GT(sweep_some(function, {.share = 0.5}).enqueued, 0U);
  const auto half = waiting();
  EXPECT_TRUE(std::ranges::includes(half, tenth)) << "a greater share holds a smaller one";
}

TEST_F(SampledDiscovery, EndsWithTheMostRowsAskedFor) {
  fill();
  const auto function = put(R"({"target_namespaces":["docs"],"triggers":[]})");
  const SweepResult some = sweep_some(function, {.rows_max = 130});
  EXPECT_EQ(some.enqueued, 130U);
  EXPECT_EQ(some.pages, 2U);
  EXPECT_TRUE(some.complete);
}

TEST_F(SampledDiscovery, LeavesWholeSweepsAlone) {
  fill();
  const auto function = put(R"({"target_namespaces":["docs"],"triggers":[]})");
  sweep_some(function, {.share = 0.5});
  const auto sweeps = run([&] { return queue->sweeps("f"); });
  EXPECT_TRUE(sweeps->empty()) << "nothing was swept as far as the next sweep is concerned";
  const std::size_t before = waiting().size();
  EXPECT_EQ(sweep(function), kRows - before);
}

TEST(DiscoverAsk, ReadsASample) {
  EXPECT_FALSE(parse_discover("{}")->sample);
  const auto both = parse_discover(R"({"share":0.25,"max_rows":10})");
  ASSERT_TRUE(both) << both.error().message;
  EXPECT_EQ(both->sample->share, 0.25);
  EXPECT_EQ(both->sample->rows_max, 10U);
  EXPECT_EQ(parse_discover(R"({"share":1})")->sample->share, 1);
  for (const char* wrong : {R"({"share":0})", R"({"share":1.5})", R"({"share":"a"})",
                            R"({"share":-1})", R"({"max_rows":0})"}) {
    EXPECT_FALSE(parse_discover(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace layer::features::functions
