// Lists of several namespaces as one.
#include "features/federated/merge.h"

#include <gtest/gtest.h>

#include <deque>

namespace layer::features::federated {
namespace {

using search::RankKind;
using search::SearchAnswer;

const Profile kProfile{
    .model = "m", .normalization = "l2", .output_dim = 2, .metric = "cosine_distance"};

wire::Schema schema_with(std::uint32_t dims) {
  wire::Schema schema;
  schema.distance_metric = wire::DistanceMetric::kCosine;
  schema.add({.name = "vector", .type = {.kind = wire::Kind::kDense, .dims = dims}});
  return schema;
}

class MergeTest : public ::testing::Test {
 protected:
  void add(std::string_view ns, std::vector<double> dists, RankKind kind = RankKind::kVector) {
    SearchAnswer& answer = answers_.emplace_back();
    answer.kind = kind;
    answer.vector_attribute = "vector";
    answer.vector_dims = 2;
    for (std::size_t i = 0; i < dists.size(); ++i) {
      answer.rows.push_back({.id = std::uint64_t{i}, .dist = dists[i], .text = "{}"});
    }
    inputs_.push_back({.ns = ns, .answer = &answer, .profile = &kProfile, .schema = &schema_});
  }
  std::vector<std::string> merged(MergeMethod method, std::size_t top_k = 100) const {
    std::vector<std::string> out;
    for (const MergedRow& row : merge_rows(inputs_, method, top_k)) {
      out.push_back(std::string(inputs_[row.input].ns) + std::to_string(row.rank));
    }
    return out;
  }

  const wire::Schema schema_ = schema_with(2);
  std::deque<SearchAnswer> answers_;
  std::vector<MergeInput> inputs_;
};

using Names = std::vector<std::string>;

TEST_F(MergeTest, OrdersByDistanceThenNamespace) {
  add("b", {0.1, 0.5});
  add("a", {0.1, 0.2, 0.5});
  EXPECT_EQ(merged(MergeMethod::kDistance), (Names{"a1", "b1", "a2", "a3", "b2"}));
  EXPECT_EQ(merged(MergeMethod::kDistance, 2), (Names{"a1", "b1"}));
}

TEST_F(MergeTest, InterleavesRanksByNamespace) {
  add("b", {0.0, 0.0, 0.0});
  add("a", {9.0});
  add("c", {1.0, 1.0});
  EXPECT_EQ(merged(MergeMethod::kRankInterleave), (Names{"a1", "b1", "c1", "b2", "c2", "b3"}));
}

TEST_F(MergeTest, NothingMergesToNothing) {
  EXPECT_TRUE(merged(MergeMethod::kDistance).empty());
  add("a", {});
  EXPECT_TRUE(merged(MergeMethod::kRankInterleave).empty());
}

TEST_F(MergeTest, ComparesDistancesOfEqualProfiles) {
  add("a", {0.1});
  add("b", {0.2});
  add("empty", {});
  const MergeChoice choice = choose_merge(inputs_);
  EXPECT_EQ(choice.method, MergeMethod::kDistance);
  EXPECT_EQ(choice.downgraded_reason, "");
}

TEST_F(MergeTest, DoesNotCompareWithoutAProfile) {
  add("a", {0.1});
  add("b", {0.2});
  inputs_[1].profile = nullptr;
  const MergeChoice choice = choose_merge(inputs_);
  EXPECT_EQ(choice.method, MergeMethod::kRankInterleave);
  EXPECT_EQ(choice.downgraded_reason, "missing_embedding_profile");
}

TEST_F(MergeTest, DoesNotCompareWhatDisagrees) {
  add("a", {0.1});
  add("b", {0.2});
  Profile other = kProfile;
  const wire::Schema wide = schema_with(3);
  const auto reason = [&] { return choose_merge(inputs_).downgraded_reason; };
  for (const auto& change : std::vector<std::function<void()>>{
           [&] { other.model = "n"; }, [&] { other.normalization = "none"; },
           [&] { other.output_dim = 3; }, [&] { other.metric = "euclidean_squared"; }}) {
    other = kProfile;
    change();
    inputs_[1].profile = &other;
    EXPECT_EQ(reason(), "embedding_profile_mismatch");
    inputs_[0].profile = &other;  // equal to each other, and not true of the schema
    if (other.model == kProfile.model && other.normalization == kProfile.normalization) {
      EXPECT_EQ(reason(), "embedding_profile_mismatch");
    } else {
      EXPECT_EQ(reason(), "");
    }
    inputs_[0].profile = inputs_[1].profile = &kProfile;
  }
  inputs_[1].schema = &wide;
  EXPECT_EQ(reason(), "embedding_profile_mismatch");
  inputs_[1].schema = nullptr;
  EXPECT_EQ(reason(), "embedding_profile_mismatch");
  inputs_[1].schema = &schema_;
  answers_[1].vector_dims = 3;
  EXPECT_EQ(reason(), "embedding_profile_mismatch");
}

TEST_F(MergeTest, NeverComparesScoresAcrossNamespaces) {
  for (const RankKind kind : {RankKind::kText, RankKind::kHybrid, RankKind::kOrdered}) {
    inputs_.clear();
    add("a", {0.1}, kind);
    add("b", {0.2}, kind);
    const MergeChoice choice = choose_merge(inputs_);
    EXPECT_EQ(choice.method, MergeMethod::kRankInterleave);
    EXPECT_EQ(choice.downgraded_reason, "");
  }
}

TEST_F(MergeTest, TellsARowsOriginBeforeItsOwnMembers) {
  EXPECT_EQ(with_origin(R"({"id":7,"$dist":1.50})", "n", 3),
            R"({"$namespace":"n","$rank":3,"id":7,"$dist":1.50})");
  EXPECT_EQ(with_origin("{ }", "n", 1), R"({"$namespace":"n","$rank":1 })");
}

}  // namespace
}  // namespace layer::features::federated
