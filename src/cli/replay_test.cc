// Figures are computed by hand.
#include <gtest/gtest.h>

#include <cmath>

#include <boost/json.hpp>

#include "cli/replay_metrics.h"
#include "cli/replay_query.h"

namespace layer::cli {
namespace {

TEST(ReplayMetrics, OverlapIsTheShareThatBothHave) {
  EXPECT_DOUBLE_EQ(overlap_at({"1", "2", "3", "4"}, {"2", "1", "9", "8"}, 4), 0.5);
  EXPECT_DOUBLE_EQ(overlap_at({"1", "2"}, {"2", "1"}, 1), 0);
  EXPECT_DOUBLE_EQ(overlap_at({"1"}, {"1", "2", "3", "4"}, 10), 0.25);
  EXPECT_DOUBLE_EQ(overlap_at({}, {}, 10), 1);
  EXPECT_DOUBLE_EQ(overlap_at({"1"}, {}, 10), 0);
}

TEST(ReplayMetrics, TauIsTheBalanceOfPairs) {
  EXPECT_DOUBLE_EQ(*kendall_tau({"1", "2", "3"}, {"1", "2", "3"}), 1);
  EXPECT_DOUBLE_EQ(*kendall_tau({"1", "2", "3"}, {"3", "2", "1"}), -1);
  // Of the pairs 12, 13, 23 the last is turned round.
  EXPECT_DOUBLE_EQ(*kendall_tau({"1", "2", "3", "x"}, {"y", "1", "3", "2"}), 1.0 / 3);
  EXPECT_FALSE(kendall_tau({"1", "2"}, {"1", "3"}));
}

TEST(ReplayMetrics, NdcgWeighsByClicks) {
  const Gains clicks{{"a", 2}, {"b", 1}};
  EXPECT_DOUBLE_EQ(*ndcg_at({"a", "b"}, clicks, 10), 1);
  const double second = 1 / std::log2(3);
  EXPECT_DOUBLE_EQ(*ndcg_at({"b", "a"}, clicks, 10), (1 + 2 * second) / (2 + second));
  EXPECT_DOUBLE_EQ(*ndcg_at({"x", "y"}, clicks, 10), 0);
  EXPECT_DOUBLE_EQ(*ndcg_at({"a"}, clicks, 1), 1);
  EXPECT_FALSE(ndcg_at({"a"}, {}, 10));
}

TEST(ReplayMetrics, QuantileIsTheNearestRank) {
  EXPECT_DOUBLE_EQ(quantile({4, 1, 3, 2}, 0.5), 2);
  EXPECT_DOUBLE_EQ(quantile({4, 1, 3, 2}, 0.95), 4);
  EXPECT_DOUBLE_EQ(quantile({}, 0.5), 0);
}

std::string body(const char* logged, const std::string& more = "") {
  return replay_body(boost::json::parse(logged).as_object(), 5, more).value_or("none");
}

TEST(ReplayQuery, AsksAgainWhatTheLogSays) {
  EXPECT_EQ(body(R"({"kind":"BM25","field":"t","text":"red","top_k":99,"filters":["a","Eq",1]})"),
            R"({"rank_by":["t","BM25","red"],"top_k":5,"filters":["a","Eq",1]})");
  EXPECT_EQ(body(R"({"kind":"ANN","field":"v","text":"warm coats"})"),
            R"({"rank_by":["v","ANN",["Embed","warm coats"]],"top_k":5})");
  EXPECT_EQ(body(R"({"kind":"desc","field":"price"})"),
            R"({"rank_by":["price","desc"],"top_k":5})");
  EXPECT_EQ(body(R"({"kind":"ANN","field":"v","nearest_to_id":[1]})"),
            R"({"nearest_to_id":[1],"vector_attribute":"v","top_k":5})");
  EXPECT_EQ(body(R"({"kind":"Sum","expression":["Sum",[["t","BM25","x"]]]})"),
            R"({"rank_by":["Sum",[["t","BM25","x"]]],"top_k":5})");
}

TEST(ReplayQuery, AddsTheFilterOfTheCandidate) {
  EXPECT_EQ(body(R"({"kind":"asc","field":"id"})", R"(["b","Gt",2])"),
            R"({"rank_by":["id","asc"],"top_k":5,"filters":["b","Gt",2]})");
  EXPECT_EQ(body(R"({"kind":"asc","field":"id","filters":["a","Eq",1]})", R"(["b","Gt",2])"),
            R"({"rank_by":["id","asc"],"top_k":5,"filters":["And",[["a","Eq",1],["b","Gt",2]]]})");
}

TEST(ReplayQuery, LeavesOutWhatTheLogDoesNotHold) {
  EXPECT_EQ(body(R"({"kind":"ANN","field":"v","vector_len":3})"), "none");
  EXPECT_EQ(
      body(
          R"({"kind":"Auto","field":"t","text":"x","expression":["t","Auto","x",{"vector":{"vector_len":3}}]})"),
      "none");
  EXPECT_EQ(body(R"({"leg_count":2,"queries":[]})"), "none");
  EXPECT_EQ(body(R"({"kind":"aggregate","aggregate_by":{"n":["Count"]}})"), "none");
  EXPECT_EQ(body("{}"), "none");
}

}  // namespace
}  // namespace layer::cli
