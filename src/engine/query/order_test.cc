// Attribute order, diversification, paging and vector rankings.
#include <gmock/gmock.h>

#include <random>

#include "engine/query/test_namespace.h"
#include "engine/query/values.h"

namespace layer::engine::query {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

using Ids = std::vector<std::uint64_t>;

TestNamespace scattered() {
  TestNamespace names;
  names.add(R"([{"id": 1, "s": "b", "n": 2}, {"id": 4, "n": 1}, {"id": 6, "s": "a", "n": 2}])");
  names.add(R"([{"id": 2, "s": "b", "n": 1}, {"id": 3, "s": "", "n": -5}, {"id": 9, "n": 7}])");
  names.add(R"([{"id": 5, "s": "B"}, {"id": 7, "s": "ñ", "n": 2}, {"id": 8, "s": "dead"}])");
  names.remove(std::uint64_t{8});
  return names;
}

TEST(AttributeOrder, PutsNullFirstAscendingAndLastDescending) {
  const TestNamespace names = scattered();
  EXPECT_EQ(names.ids_of(R"({"rank_by": ["s", "asc"], "limit": 99})"),
            (Ids{4, 9, 3, 5, 6, 1, 2, 7}));
  EXPECT_EQ(names.ids_of(R"({"rank_by": ["s", "desc"], "limit": 99})"),
            (Ids{7, 1, 2, 6, 5, 3, 4, 9}));
  EXPECT_EQ(names.ids_of(R"({"rank_by": ["s", "desc"], "limit": 3, "offset": 2})"), (Ids{2, 6, 5}));
}

TEST(AttributeOrder, BreaksTiesClauseByClauseThenById) {
  const TestNamespace names = scattered();
  EXPECT_EQ(names.ids_of(R"({"rank_by": [["n", "desc"], ["s", "asc"]], "limit": 99})"),
            (Ids{9, 6, 1, 7, 4, 2, 3, 5}));
  EXPECT_EQ(names.ids_of(R"({"rank_by": [["n", "asc"], ["id", "desc"]], "limit": 4})"),
            (Ids{5, 3, 4, 2}));
}

TEST(AttributeOrder, ByIdIsTheDefault) {
  const TestNamespace names = scattered();
  EXPECT_EQ(names.ids_of(R"({"limit": 3})"), (Ids{1, 2, 3}));
  EXPECT_EQ(names.ids_of(R"({"rank_by": ["id", "desc"], "limit": 3})"), (Ids{9, 7, 6}));
  EXPECT_FALSE(names.rows_of(R"({"limit": 1})").front().dist.has_value());
}

TEST(AttributeOrder, RefusesWhatHasNoOrder) {
  TestNamespace names(R"({"hidden": {"type": "string", "filterable": false}})");
  names.add(R"([{"id": 1, "tags": ["a"]}])");
  for (const char* attribute : {"tags", "hidden", "absent"}) {
    names.refusal(R"({"limit": 1, "rank_by": [")" + std::string(attribute) + R"(", "asc"]})");
  }
}

TEST(LimitPer, KeepsTheBestOfEachTuple) {
  TestNamespace names;
  names.add(R"([{"id": 1, "c": "x", "n": 9}, {"id": 2, "c": "x", "n": 8}, {"id": 3, "n": 7}])");
  names.add(R"([{"id": 4, "c": "x", "n": 10}, {"id": 5, "n": 6}, {"id": 6, "c": "y", "n": 1},
                {"id": 7, "n": 5}])");
  const std::string body = R"({"rank_by": ["n", "desc"], "include_attributes": ["c"],
      "limit": {"per": {"attributes": ["c"], "limit": 2}, "total": )";
  EXPECT_EQ(names.ids_of(body + "99}}"), (Ids{4, 1, 3, 5, 6}));
  EXPECT_EQ(names.ids_of(body + "3}}"), (Ids{4, 1, 3}));
  EXPECT_THAT(names.refusal(R"({"rank_by": ["n", "desc"], "include_attributes": ["z"],
      "limit": {"total": 9, "per": {"attributes": ["z"], "limit": 2}}})"),
              HasSubstr("not found"));
}

// Every order of random rows over several segments against a sort of all of them.
TEST(AttributeOrder, AgreesWithSortingAllRows) {
  constexpr unsigned seed = 3;
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  TestNamespace names(R"({"n": "int", "s": "string", "f": "float"})");
  std::vector<std::vector<Row>> segments(3);
  for (std::uint64_t id = 0; id < 600; ++id) {
    Row row{.id = id, .fields = {}};
    const std::vector<wire::Value> values = {static_cast<std::int64_t>(random() % 7),
                                             std::string(random() % 4, 'a'),
                                             static_cast<double>(random() % 5) / 4};
    for (AttrId attr = 0; attr < 3; ++attr) {
      if (random() % 4 != 0) {
        row.fields.push_back({.attr = attr, .value = values[attr]});
      }
    }
    segments[random() % 3].push_back(std::move(row));
  }
  for (auto& rows : segments) {
    names.add_rows(std::move(rows));
  }
  for (std::uint64_t id = 0; id < 600; id += 1 + random() % 9) {
    names.remove(id);
  }
  for (int round = 0; round < 60; ++round) {
    std::vector<std::pair<AttrId, bool>> clauses;
    std::string printed;
    for (std::uint64_t i = 0, n = 1 + random() % 3; i < n; ++i) {
      clauses.emplace_back(random() % 3, random() % 2 == 0);
      printed += (i == 0 ? "[\"" : ", [\"") + names.schema().at(clauses.back().first).name +
                 (clauses.back().second ? "\", \"desc\"]" : "\", \"asc\"]");
    }
    std::vector<Row> sorted = names.rows();
    std::ranges::sort(sorted, [&](const Row& left, const Row& right) {
      for (const auto& [attr, descending] : clauses) {
        const wire::Value null;
        const wire::Value* a = left.find(attr);
        const wire::Value* b = right.find(attr);
        const int order = compare(a == nullptr ? null : *a, b == nullptr ? null : *b);
        if (order != 0) {
          return descending ? order > 0 : order < 0;
        }
      }
      return left.id < right.id;
    });
    const std::size_t limit = 1 + random() % 40;
    Ids wanted;
    for (std::size_t i = 0; i < std::min(limit, sorted.size()); ++i) {
      wanted.push_back(std::get<std::uint64_t>(sorted[i].id));
    }
    ASSERT_EQ(names.ids_of(R"({"rank_by": [)" + printed + R"(], "limit": )" +
                           std::to_string(limit) + "}"),
              wanted)
        << printed;
  }
}

TEST(Vectors, EqualBruteForceOverSegmentsFiltersAndTombstones) {
  constexpr unsigned seed = 4;
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  TestNamespace names(R"({"vector": {"type": "[4]f32", "ann": true}, "n": "int"})",
                      wire::DistanceMetric::kEuclideanSquared);
  const auto vector = [&] {
    std::vector<float> elements(4);
    std::ranges::generate(elements, [&] { return static_cast<float>(random() % 9) / 4; });
    return elements;
  };
  for (std::uint64_t segment = 0; segment < 3; ++segment) {
    std::vector<Row> rows;
    for (std::uint64_t i = 0; i < 200; ++i) {
      rows.push_back({.id = i * 3 + segment,
                      .fields = {{0, wire::DenseVector{vector()}},
                                 {1, static_cast<std::int64_t>(random() % 5)}}});
    }
    names.add_rows(std::move(rows));
  }
  for (std::uint64_t id = 0; id < 600; id += 7) {
    names.remove(id);
  }
  for (int round = 0; round < 20; ++round) {
    const std::vector<float> query = vector();
    std::vector<std::pair<float, std::uint64_t>> wanted;
    for (const Row& row : names.rows()) {
      float distance = 0;
      const auto& stored = std::get<wire::DenseVector>(*row.find(0)).elements;
      for (std::size_t i = 0; i < 4; ++i) {
        distance += (stored[i] - query[i]) * (stored[i] - query[i]);
      }
      if (std::get<std::int64_t>(*row.find(1)) < 3) {
        wanted.emplace_back(distance, std::get<std::uint64_t>(row.id));
      }
    }
    std::ranges::sort(wanted);
    std::string printed;
    for (const float element : query) {
      printed += (printed.empty() ? "" : ", ") + std::to_string(element);
    }
    for (const char* kind : {"ANN", "kNN"}) {
      const auto found =
          names.scores_of(R"({"rank_by": ["vector", ")" + std::string(kind) + R"(", [)" + printed +
                          R"(]], "limit": 25, "filters": ["n", "Lt", 3]})");
      ASSERT_EQ(found.size(), 25U);
      for (std::size_t i = 0; i < found.size(); ++i) {
        // Quarters are exact in f32 whatever the order of the sum.
        EXPECT_EQ(found[i].first, wanted[i].second);
        EXPECT_EQ(found[i].second, wanted[i].first);
      }
    }
  }
}

TEST(Vectors, RefuseWhatDoesNotFit) {
  TestNamespace names("{}", wire::DistanceMetric::kCosine);
  names.add(R"([{"id": 1, "vector": [1, 0], "s": "x"}])");
  const auto refused = [&](const std::string& rank_by) {
    return names.refusal(R"({"limit": 1, "rank_by": )" + rank_by + "}");
  };
  refused(R"(["vector", "ANN", [1, 2, 3]])");
  refused(R"(["s", "ANN", [1, 2]])");
  refused(R"(["absent", "ANN", [1, 2]])");
  refused(R"(["vector", "ANN", ["Embed", "text"]])");
  EXPECT_THAT(refused(R"(["vector", "kNN", [1, 2]])"), HasSubstr("kNN requires filters"));
  EXPECT_THAT(names.refusal(R"({"limit": 1, "rank_by": ["vector", "ANN", [1, 2]],
      "distance_metric": "euclidean_squared"})"),
              HasSubstr("💔 distance metric mismatch, expected cosine_distance, got "
                        "euclidean_squared"));
}

TEST(Vectors, ComputedDistanceIsToAnotherVector) {
  TestNamespace names("{}", wire::DistanceMetric::kEuclideanSquared);
  names.add(R"([{"id": 1, "vector": [1, 0]}, {"id": 2, "vector": [0, 1]}])");
  EXPECT_EQ(names.printed(R"({"limit": 9, "rank_by": ["id", "asc"],
      "compute_attributes": {"d": ["vector", "VectorDist", [1, 0]]}})"),
            R"({"rows":[{"id":1,"d":0.0},{"id":2,"d":2.0}])");
}

TEST(Vectors, LateInteractionSumsTheSmallestDistances) {
  TestNamespace names(R"({"mv": {"type": "[][2]f32", "ann": {"late_interaction": true}}})",
                      wire::DistanceMetric::kEuclideanSquared);
  names.add(R"([{"id": 1, "mv": [[0, 0], [1, 1]]}, {"id": 2, "mv": [[3, 3]]}, {"id": 3}])");
  EXPECT_THAT(names.scores_of(R"({"limit": 9, "rank_by": ["mv", "ANN", [[1, 1], [0, 1]]]})"),
              ElementsAre(Pair(1, 1), Pair(2, 8 + 13)));
}

TEST(SparseVectors, RankByDotProduct) {
  TestNamespace names(
      R"({"sp": {"type": "{}f16", "sparse_knn": {"distance_metric": "dot_product"}}})");
  names.add(R"([{"id": 1, "sp": {"a": 1, "b": 2}}, {"id": 2, "sp": {"c": 1}}])");
  names.add(R"([{"id": 3, "sp": {"a": 4}}, {"id": 4}])");
  EXPECT_THAT(
      names.scores_of(R"({"limit": 9, "rank_by": ["sp", "SparseKNN", {"a": 1, "b": 1.5}]})"),
      ElementsAre(Pair(1, 4), Pair(3, 4)));
  names.refusal(R"({"limit": 9, "rank_by": ["absent", "SparseKNN", {"a": 1}]})");
}

}  // namespace
}  // namespace layer::engine::query
