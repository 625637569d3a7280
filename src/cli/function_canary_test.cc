#include "cli/function_canary.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "cli/attribute_pair.h"
#include "cli/function_plan.h"

namespace layer::cli {
namespace {

namespace json = boost::json;

TEST(CanarySize, IsAShareOrANumberOfRows) {
  EXPECT_EQ(parse_canary("1%")->share, 0.01);
  EXPECT_EQ(parse_canary("0.5%")->share, 0.005);
  EXPECT_EQ(parse_canary("100%")->share, 1.0);
  EXPECT_EQ(parse_canary("250")->rows, 250U);
  for (const char* wrong : {"", "%", "0", "0%", "101%", "-1", "1.5", "nan%", "1 %", "9999999999"}) {
    EXPECT_FALSE(parse_canary(wrong)) << wrong;
  }
}

TEST(CanaryReport, SaysHowToGoOn) {
  const CanaryReport report{.function = "f",
                            .file = "f.yaml",
                            .rows = 10,
                            .failed = 2,
                            .seconds = 4,
                            .failures = {{"too long", 2}},
                            .changes = {}};
  EXPECT_EQ(report.as_text(),
            "8 of 10 rows computed, 2 failed, 4.0 s, 2.5 rows/s\n"
            "failed, 2 rows: too long\n"
            "the others wait for: layer fn run -f f.yaml\n");
  EXPECT_EQ(json::serialize(report.as_json()),
            R"({"udf_id":"f","rows":10,"succeeded":8,"failed":2,"seconds":4E0,)"
            R"("rows_per_second":2.5E0,"failures":[{"error":"too long","rows":2}],"changes":[]})");
}

TEST(RowChanges, AreTheAttributesThatDiffer) {
  const Rows before{{{"docs", "1"}, {{"id", 1}, {"a", "x"}, {"same", 1}, {"gone", 2}}},
                    {{"docs", "2"}, {{"id", 2}}}};
  const Rows after{{{"docs", "1"},
                    {{"id", 1}, {"a", "y"}, {"same", 1}, {"new", 3}, {"_hevlayer_udf_f_v", "v1"}}}};
  const auto changes = changes_between(before, after);
  ASSERT_EQ(changes.size(), 3U);
  EXPECT_EQ(json::serialize(changes_json(changes)),
            R"([{"namespace":"docs","id":1,"attribute":"a","old":"x","new":"y"},)"
            R"({"namespace":"docs","id":1,"attribute":"gone","old":2,"new":null},)"
            R"({"namespace":"docs","id":1,"attribute":"new","old":null,"new":3}])");
  EXPECT_EQ(format_changes({}), "");
  EXPECT_NE(format_changes(changes).find("gone"), std::string::npos);
}

TEST(RowChanges, LongTextsAreCutBetweenCharacters) {
  std::string text(55, 'x');
  text += "\u00fc\u00fc\u00fc\u00fc\u00fc";
  const std::string table = format_changes({{.ns = "n",
                                             .id = "1",
                                             .attribute = "a",
                                             .before = json::value(text),
                                             .after = json::value()}});
  EXPECT_NE(table.find(std::string(55, 'x') + "\u00fc..."), std::string::npos) << table;
}

TEST(Cosine, IsOfVectorsOfOneLength) {
  const auto of = [](const char* one, const char* other) {
    return cosine(json::parse(one), json::parse(other));
  };
  EXPECT_DOUBLE_EQ(*of("[1,0]", "[2,0]"), 1);
  EXPECT_DOUBLE_EQ(*of("[1,0]", "[0,1.5]"), 0);
  EXPECT_FALSE(of("[1,0]", "[1,0,0]"));
  EXPECT_FALSE(of("[0,0]", "[1,0]"));
  EXPECT_FALSE(of("\"a\"", "[1]"));
  EXPECT_FALSE(of("[1,\"a\"]", "[1,2]"));
}

TEST(PairReport, ShowsVectorsByTheirLikenessAndValuesAsTheyAre) {
  PairReport vectors{.ns = "docs", .rows = 2, .cosines = {1, 0.5}, .overlaps = {1, 0}};
  EXPECT_EQ(json::serialize(vectors.as_json()),
            R"({"namespace":"docs","rows":2,"equal":0,"cosine":{"mean":7.5E-1,"min":5E-1},)"
            R"("overlap":{"mean":5E-1,"min":0E0}})");
  EXPECT_EQ(mean_of({}), 0);
  EXPECT_EQ(least_of({}), 0);
}

TEST(Plan, IsATableOfRowsBytesTimeAndPrice) {
  const auto plan = json::parse(R"({
      "namespaces":[{"namespace":"docs","rows_total":10,"rows_selected":5,"rows_skippable":1},
                    {"namespace":"more","rows_total":7,"rows_selected":2,"rows_skippable":0}],
      "rows":6,"input_bytes":4200,"input_tokens_estimate":1050,
      "upstream":{"bytes_queried":256000000,"bytes_written":512,"usd":0.25},
      "compute":{"seconds":600.0,"basis":"measured"},"rate_card":"2026-08",
      "caveats":["about"]})")
                        .as_object();
  EXPECT_EQ(planned_rows(plan), 7U);
  const std::string text = format_plan(plan);
  for (const char* part : {"docs", "4.2 kB, 1050 tokens", "256.0 MB queried, 512 B written",
                           "10 min", "0.2500 USD", "note: about"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
  const std::string unknown = format_plan({{"rows", 1}});
  EXPECT_NE(unknown.find("?"), std::string::npos) << unknown;
}

}  // namespace
}  // namespace layer::cli
