#include "engine/base/doc_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <random>
#include <set>

namespace layer::engine {
namespace {

DocSet make(DocId universe, const std::set<DocId>& docs) {
  return DocSet::of(universe, {docs.begin(), docs.end()});
}

// Every operation against std::set, over sparse and dense operands. The seed is printed on failure.
TEST(DocSet, AgreesWithStdSet) {
  constexpr unsigned seed = 7;
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  constexpr DocId universe = 1000;
  for (int round = 0; round < 200; ++round) {
    std::set<DocId> a;
    std::set<DocId> b;
    const std::size_t size_a = random() % (round % 2 == 0 ? 20 : 900);
    const std::size_t size_b = random() % (round % 3 == 0 ? 20 : 900);
    while (a.size() < size_a) {
      a.insert(random() % universe);
    }
    while (b.size() < size_b) {
      b.insert(random() % universe);
    }

    std::vector<DocId> both;
    std::ranges::set_intersection(a, b, std::back_inserter(both));
    std::vector<DocId> either;
    std::ranges::set_union(a, b, std::back_inserter(either));
    std::vector<DocId> minus;
    std::ranges::set_difference(a, b, std::back_inserter(minus));

    DocSet left = make(universe, a);
    EXPECT_EQ((left &= make(universe, b)).to_vector(), both);
    left = make(universe, a);
    EXPECT_EQ((left |= make(universe, b)).to_vector(), either);
    left = make(universe, a);
    EXPECT_EQ(left.subtract(make(universe, b)).to_vector(), minus);
    EXPECT_EQ(left.count(), minus.size());
    EXPECT_EQ(make(universe, a).complement().count(), universe - a.size());
  }
}

TEST(DocSet, AddKeepsOrderAndCount) {
  DocSet set(100);
  for (DocId doc : {5U, 3U, 99U, 3U, 64U, 0U}) {
    set.add(doc);
  }
  EXPECT_EQ(set.to_vector(), (std::vector<DocId>{0, 3, 5, 64, 99}));
  EXPECT_TRUE(set.contains(64));
  EXPECT_FALSE(set.contains(65));
  EXPECT_FALSE(set.contains(1000));
}

TEST(DocSet, AllAndWordsRoundTrip) {
  for (DocId universe : {0U, 1U, 63U, 64U, 65U, 200U}) {
    const DocSet set = DocSet::all(universe);
    EXPECT_EQ(set.count(), universe);
    EXPECT_TRUE(set.full());
    EXPECT_EQ(DocSet::from_words(universe, set.to_words()).count(), universe);
  }
  const std::vector<DocId> docs{9, 2, 9, 5};
  EXPECT_EQ(DocSet::unsorted(10, docs).to_vector(), (std::vector<DocId>{2, 5, 9}));
  EXPECT_EQ(DocSet::unsorted(1000, docs).to_vector(), (std::vector<DocId>{2, 5, 9}));
}

}  // namespace
}  // namespace layer::engine
