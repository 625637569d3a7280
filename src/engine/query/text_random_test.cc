// BM25 over random rows: the fast path equals the general evaluation, and both equal the formula
// written out, bit for bit, with tombstones, filters and several segments.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>
#include <sstream>

#include "engine/query/bm25_topk.h"
#include "engine/query/score_eval.h"
#include "engine/query/test_namespace.h"

namespace layer::engine::query {
namespace {

using Scores = std::vector<std::pair<std::uint64_t, float>>;

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}
  std::uint64_t below(std::uint64_t end) { return random_() % end; }

  // Frequent words have low numbers.
  std::string word() {
    const std::uint64_t rank = below(1 + below(60));
    return "w" + std::to_string(rank);
  }
  std::string text(std::uint64_t most) {
    std::string text;
    for (std::uint64_t i = 0, n = 1 + below(most); i < n; ++i) {
      text += (i == 0 ? "" : " ") + word();
    }
    return text;
  }

 private:
  std::mt19937_64 random_;
};

TestNamespace random_namespace(Generator& generator, std::uint64_t rows) {
  TestNamespace names(R"({"a": {"type": "string", "full_text_search": true}, "n": "int",
      "b": {"type": "string", "full_text_search": {"k1": 0.9, "b": 0.4}}})");
  std::vector<std::vector<Row>> segments(3);
  for (std::uint64_t id = 0; id < rows; ++id) {
    Row row{.id = id, .fields = {}};
    const auto set = [&](const char* attribute, wire::Value value) {
      row.fields.push_back({.attr = *names.schema().find(attribute), .value = std::move(value)});
    };
    if (generator.below(10) > 0) {
      set("a", generator.text(generator.below(40) == 0 ? 400 : 12));
    }
    set("n", static_cast<std::int64_t>(generator.below(10)));
    if (generator.below(3) > 0) {
      set("b", generator.text(30));
    }
    segments[generator.below(10) < 8 ? 0 : 1 + generator.below(2)].push_back(std::move(row));
  }
  for (std::vector<Row>& segment : segments) {
    names.add_rows(std::move(segment), true);
  }
  for (std::uint64_t id = 0; id < rows; ++id) {
    if (generator.below(12) == 0) {
      names.remove(id);
    }
  }
  return names;
}

wire::ScoreExpr bm25(const std::string& attribute, const std::string& query) {
  wire::ScoreExpr expr;
  expr.op = wire::ScoreExpr::Op::kBm25;
  expr.attribute = attribute;
  expr.operand.value = query;
  return expr;
}

wire::ScoreExpr parent(wire::ScoreExpr::Op op, std::vector<wire::ScoreExpr> children) {
  wire::ScoreExpr expr;
  expr.op = op;
  expr.children = std::move(children);
  return expr;
}

wire::ScoreExpr weighted(double weight, wire::ScoreExpr child) {
  wire::ScoreExpr constant;
  constant.constant = weight;
  return parent(wire::ScoreExpr::Op::kProduct, {constant, std::move(child)});
}

wire::ScoreExpr random_expression(Generator& generator) {
  using Op = wire::ScoreExpr::Op;
  switch (generator.below(4)) {
    case 0:
      return bm25("a", generator.text(1));
    case 1:
      return bm25("a", generator.text(6));
    case 2:
      return parent(Op::kSum,
                    {weighted(2.5, bm25("a", generator.text(3))), bm25("b", generator.text(4))});
    default:
      return parent(Op::kSum, {bm25("b", generator.text(2)),
                               parent(Op::kMax, {bm25("a", generator.text(3)),
                                                 weighted(0.3, bm25("b", generator.text(3)))})});
  }
}

// The general evaluation of every live row that passes, best first.
Scores evaluate_all(const TestNamespace& names, const wire::ScoreExpr& expr,
                    const std::optional<BoundFilter>& filter) {
  const auto bound = bind_score(names.schema(), expr);
  EXPECT_TRUE(bound.has_value()) << bound.error().message;
  std::vector<PreparedBm25> prepared;
  for (const Bm25Clause& clause : bound->clauses) {
    prepared.push_back(*PreparedBm25::prepare(names.snapshot(), clause));
  }
  Scores scores;
  for (std::uint32_t s = 0; s < names.snapshot().segments.size(); ++s) {
    const SegmentView& view = names.snapshot().segments[s];
    const DocSet rows = filter ? *filter->evaluate(view) : view.deleted->complement();
    const auto opened = open_score(*bound, prepared, view, s);
    const auto scorer = make_scorer(bound->root, *opened);
    const std::vector<DocId> docs = rows.to_vector();
    std::vector<float> values(docs.size());
    std::vector<std::uint8_t> matched(docs.size());
    (*scorer)->score(docs, values, matched);
    for (std::size_t i = 0; i < docs.size(); ++i) {
      if (matched[i] != 0 && values[i] > 0) {
        scores.emplace_back(std::get<std::uint64_t>(view.segment->id(docs[i])), values[i]);
      }
    }
  }
  std::ranges::sort(scores, [](const auto& left, const auto& right) {
    return left.second != right.second ? left.second > right.second : left.first < right.first;
  });
  return scores;
}

Scores execute_for(const TestNamespace& names, const wire::ScoreExpr& expr,
                   const std::optional<wire::Filter>& filter, std::int64_t limit) {
  wire::Query query;
  query.queries.emplace_back();
  query.queries[0].rank_by = expr;
  query.queries[0].filters = filter;
  query.queries[0].limit = wire::Limit{.total = limit, .per = std::nullopt};
  async::Crew alone(0);
  const auto response = execute(names.snapshot(), query, alone);
  EXPECT_TRUE(response.has_value()) << response.error().message;
  Scores scores;
  for (const wire::OutputRow& row : std::get<wire::Rows>(response->results[0])) {
    scores.emplace_back(std::get<std::uint64_t>(row.id), *row.dist);
  }
  return scores;
}

TEST(Bm25, FastPathEqualsTheGeneralEvaluationBitForBit) {
  for (const unsigned seed : {1U, 2U, 3U}) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Generator generator(seed);
    const TestNamespace names = random_namespace(generator, 3000);
    for (int round = 0; round < 60; ++round) {
      SCOPED_TRACE(testing::Message() << "round " << round);
      const wire::ScoreExpr expr = random_expression(generator);
      std::optional<wire::Filter> filter;
      std::optional<BoundFilter> bound;
      if (generator.below(3) == 0) {
        wire::Comparison comparison;
        comparison.attribute = "n";
        comparison.op = wire::FilterOp::kLt;
        comparison.operand.value = static_cast<std::int64_t>(1 + generator.below(10));
        filter.emplace().node = comparison;
        bound = *BoundFilter::bind(names.schema(), *filter);
      }
      Scores wanted = evaluate_all(names, expr, bound);
      const std::size_t limit = generator.below(2) == 0 ? 10 : 1 + generator.below(300);
      wanted.resize(std::min(wanted.size(), limit));
      ASSERT_EQ(execute_for(names, expr, filter, static_cast<std::int64_t>(limit)), wanted);
    }
  }
}

TEST(Bm25, FastPathLeavesMostDocumentsUnscored) {
  Generator generator(5);
  const TestNamespace names = random_namespace(generator, 6000);
  const auto bound = bind_score(names.schema(), bm25("a", "w0 w40"));
  ASSERT_TRUE(bound.has_value());
  const std::vector<PreparedBm25> prepared = {
      *PreparedBm25::prepare(names.snapshot(), bound->clauses[0])};
  const auto opened = open_score(*bound, prepared, names.snapshot().segments[0], 0);
  TopScores top(10, 0);
  TopStats stats;
  best_by_bm25(bound->root, opened->clauses, nullptr, top, stats);
  EXPECT_LT(stats.scored, opened->clauses[0].entries() / 2);
}

TEST(Bm25, EqualsTheFormula) {
  Generator generator(11);
  const TestNamespace names = random_namespace(generator, 500);
  const AttrId attr = *names.schema().find("a");
  std::map<std::uint64_t, std::vector<std::string>> words;
  float tokens = 0;
  for (const Row& row : names.rows()) {
    if (const wire::Value* value = row.find(attr)) {
      auto& split = words[std::get<std::uint64_t>(row.id)];
      std::stringstream stream(std::get<std::string>(*value));
      for (std::string word; stream >> word;) {
        split.push_back(word);
      }
      tokens += static_cast<float>(split.size());
    }
  }
  const auto all = static_cast<float>(names.rows().size());
  const float average = tokens / static_cast<float>(words.size());
  for (const std::string term : {"w0", "w3", "w17"}) {
    float frequency = 0;
    for (const auto& [id, split] : words) {
      frequency += std::ranges::count(split, term) > 0 ? 1 : 0;
    }
    const float idf = std::log(1.0F + (all - frequency + 0.5F) / (frequency + 0.5F));
    const float weight = idf * (1.0F * 9.0F / 9.0F) * 2.2F;
    for (const auto& [id, score] : execute_for(names, bm25("a", term), std::nullopt, 1000)) {
      const auto& split = words.at(id);
      const auto tf = static_cast<float>(std::ranges::count(split, term));
      const float ratio = static_cast<float>(split.size()) / average;
      EXPECT_EQ(score, weight * (tf / (tf + 1.2F * (1.0F - 0.75F + 0.75F * ratio))));
    }
  }
}

}  // namespace
}  // namespace layer::engine::query
