#include <gtest/gtest.h>

#include <fmt/format.h>

#include <string>

#include "core/limits.h"
#include "testing/cases.h"
#include "wire/duration.h"
#include "wire/rank_by_parse.h"

namespace layer::wire {
namespace {

std::string bare(const Literal& literal) {
  const auto* text = std::get_if<std::string>(&literal.value);
  return text == nullptr ? describe(literal) : *text;
}

std::string show(const ScoreExpr& expr) {
  using Op = ScoreExpr::Op;
  const auto list = [&](std::string_view name) {
    std::string out = std::string(name) + "(";
    for (std::size_t i = 0; i < expr.children.size(); ++i) {
      out += (i == 0 ? "" : ", ") + show(expr.children[i]);
    }
    return out + ")";
  };
  const auto curve = [&](std::string_view name) {
    return fmt::format("{}({} {}^{})", name, show(expr.children.at(0)), bare(expr.midpoint),
                       expr.exponent);
  };
  switch (expr.op) {
    case Op::kBm25:
      return fmt::format("BM25({} {}{})", expr.attribute, describe(expr.operand),
                         expr.last_as_prefix ? " last_as_prefix" : "");
    case Op::kSum:
      return list("Sum");
    case Op::kMax:
      return list("Max");
    case Op::kProduct:
      return list("Product");
    case Op::kFilter:
      return expr.filter ? "Filter" : "no filter";
    case Op::kAttribute:
      return fmt::format("Attribute({})", expr.attribute);
    case Op::kDist:
      return fmt::format("Dist({} {})", expr.attribute, describe(expr.operand));
    case Op::kSaturate:
      return curve("Saturate");
    case Op::kDecay:
      return curve("Decay");
    case Op::kConstant:
      break;
  }
  return fmt::format("{}", expr.constant);
}

std::string show(const RankVector& rank) {
  std::string out = rank.attribute + (rank.exact ? " kNN" : " ANN");
  if (const auto* embed = std::get_if<EmbedExpr>(&rank.operand)) {
    return out + " Embed '" + embed->text + "'" + (embed->model ? " by " + *embed->model : "");
  }
  const auto& operand = std::get<QueryVectors>(rank.operand);
  out += operand.nested ? " nested" : "";
  for (const auto& vector : operand.vectors) {
    out += fmt::format(" [{}]", fmt::join(vector, " "));
  }
  return out;
}

std::string show(const RankSparse& rank) {
  std::string out = rank.attribute + " SparseKNN";
  for (const auto& [name, weight] : rank.operand) {
    out += fmt::format(" {}:{}", name, weight);
  }
  return out;
}

std::string show(const RankOrder& rank) {
  std::string out;
  for (const OrderClause& clause : rank.clauses) {
    out += (out.empty() ? "" : ", ") + clause.attribute + (clause.descending ? " desc" : " asc");
  }
  return out;
}

Result<RankBy> parsed(const std::string& text) {
  LAYER_ASSIGN(const json::Document document, json::Document::parse(text));
  const json::Path root(document.text());
  return parse_rank_by(document.root(), root);
}

std::string outcome(const std::string& text) {
  constexpr std::string_view kShape = "Failed to deserialize the JSON body into the target type: ";
  const auto rank_by = parsed(text);
  if (rank_by) {
    return std::visit([](const auto& rank) { return show(rank); }, *rank_by);
  }
  std::string message = rank_by.error().message;
  if (message.starts_with(kShape)) {
    message.erase(0, kShape.size());
  }
  return std::to_string(core::info(rank_by.error().code).http_status) + " " + message;
}

TEST(RankBy, ReadsEveryCase) {
  const auto cases = testing::load_cases("wire_rank_by");
  ASSERT_FALSE(cases.empty());
  for (const auto& each : cases) {
    EXPECT_EQ(outcome(each.input), each.outcome) << each.where << ": " << each.name;
  }
}

TEST(RankBy, NestingStopsAtItsLimit) {
  const auto nested = [](int depth) {
    std::string text = R"(["t","BM25","q"])";
    for (int i = 1; i < depth; ++i) {
      text = R"(["Product",1,)" + text + "]";
    }
    return text;
  };
  EXPECT_TRUE(parsed(nested(64)));
  EXPECT_EQ(outcome(nested(65)), "400 💔 rank_by must not be nested deeper than 64 levels");
}

TEST(RankBy, QueriesAreCountedInCharacters) {
  std::string text;
  for (std::size_t i = 0; i < core::limits::full_text_query_chars_max; ++i) {
    text += "é";
  }
  EXPECT_TRUE(parsed(R"(["t","BM25",")" + text + R"("])"));
  EXPECT_EQ(outcome(R"(["t","BM25",")" + text + R"(x"])"),
            "400 💔 full-text queries must have at most 8192 characters, got 8193");
}

TEST(RankBy, VectorsStopAtTheMostDimensions) {
  std::string text = "1";
  for (std::size_t i = 1; i < core::limits::vector_dims_max; ++i) {
    text += ",1";
  }
  EXPECT_TRUE(parsed(R"(["v","ANN",[)" + text + "]]"));
  EXPECT_EQ(outcome(R"(["v","ANN",[)" + text + ",1]]"),
            "400 💔 query vectors must have at most 10752 dimensions, got 10753");
}

TEST(RankBy, TextClausesOfOneAttributeAreFoundInOrder) {
  const auto rank_by = parsed(
      R"(["Sum",[["a","BM25","1"],["Product",2,["b","BM25","2"]],["Max",[["a","BM25","3"]]]]])");
  ASSERT_TRUE(rank_by);
  const auto clauses = bm25_clauses(*rank_by, "a");
  ASSERT_EQ(clauses.size(), 2U);
  EXPECT_EQ(describe(clauses[0]->operand), "'1'");
  EXPECT_EQ(describe(clauses[1]->operand), "'3'");
  EXPECT_TRUE(bm25_clauses(*rank_by, "c").empty());
  EXPECT_TRUE(bm25_clauses(RankOrder{}, "a").empty());
}

TEST(Duration, IsANumberAndAUnit) {
  EXPECT_EQ(parse_duration_ms("250ms"), 250);
  EXPECT_EQ(parse_duration_ms("1.5s"), 1500);
  EXPECT_EQ(parse_duration_ms("2m"), 120'000);
  EXPECT_EQ(parse_duration_ms("6h"), 21'600'000);
  EXPECT_EQ(parse_duration_ms("1d"), 86'400'000);
  EXPECT_EQ(parse_duration_ms("1w"), 604'800'000);
  for (const auto* text : {"", "h", "6", "6 h", "-1h", "6hh", "1e3s", "nans", "infs"}) {
    EXPECT_FALSE(parse_duration_ms(text)) << text;
  }
}

}  // namespace
}  // namespace layer::wire
