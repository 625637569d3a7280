#include <gtest/gtest.h>

#include "features/capture/answer_rows.h"
#include "features/capture/history_headers.h"
#include "features/capture/kept_text.h"
#include "features/capture/query_text.h"
#include "http/gzip.h"
#include "http/zstd.h"

namespace layer::features::capture {
namespace {

using Ids = std::vector<std::string>;

TEST(HistoryHeaders, TellWhoAsksAndTagsOnceEachSorted) {
  const auto told = read_history_headers({{"X-Hevlayer-Tag", " b "},
                                          {"x-hevlayer-tags", "c, a,b"},
                                          {"x-hevlayer-tag", "a"},
                                          {"x-hevlayer-search-query", "red shoes"},
                                          {"x-hevlayer-client-id", "c1"},
                                          {"x-hevlayer-session-id", "s1"},
                                          {"x-hevlayer-user-id", "u1"},
                                          {"x-hevlayer-application", "shop"},
                                          {"x-hevlayer-query-id", "q1"}});
  EXPECT_TRUE(told.any);
  EXPECT_EQ(told.fault, "");
  EXPECT_EQ(told.who.tags, (Ids{"a", "b", "c"}));
  EXPECT_EQ(told.who.raw_query, "red shoes");
  EXPECT_EQ(told.who.client_id + told.who.session_id + told.who.user_id, "c1s1u1");
  EXPECT_EQ(told.who.application, "shop");
  EXPECT_EQ(told.who.query_id, "q1");
}

TEST(HistoryHeaders, WithoutAnyTellNothing) {
  const auto told = read_history_headers({{"x-hevlayer-other", "1"}, {"accept", "*/*"}});
  EXPECT_FALSE(told.any);
  EXPECT_FALSE(told.opted_out);
}

TEST(HistoryHeaders, OptOutWithAnyValueButZeroAndFalse) {
  const auto opted_out = [](std::string_view value) {
    return read_history_headers({{"x-hevlayer-no-history", value}}).opted_out;
  };
  EXPECT_TRUE(opted_out("1"));
  EXPECT_TRUE(opted_out(""));
  EXPECT_TRUE(opted_out("yes"));
  EXPECT_FALSE(opted_out("0"));
  EXPECT_FALSE(opted_out("False"));
}

TEST(HistoryHeaders, AreAtFaultBeyondTheirLimits) {
  const auto fault = [](std::string_view name, const std::string& value) {
    return read_history_headers({{name, value}}).faulty_header;
  };
  EXPECT_EQ(fault("x-hevlayer-tag", "a b"), "x-hevlayer-tags");
  EXPECT_EQ(fault("x-hevlayer-tag", std::string(kTagBytesMax, 'a')), "");
  EXPECT_EQ(fault("x-hevlayer-tag", std::string(kTagBytesMax + 1, 'a')), "x-hevlayer-tags");
  std::string tags;
  for (std::size_t i = 0; i < kTagsMax; ++i) {
    tags += "t" + std::to_string(i) + ",";
  }
  EXPECT_EQ(fault("x-hevlayer-tags", tags), "");
  EXPECT_EQ(fault("x-hevlayer-tags", tags + "one-more"), "x-hevlayer-tags");
  EXPECT_EQ(fault("x-hevlayer-client-id", std::string(100, 'c')), "");
  EXPECT_EQ(fault("x-hevlayer-client-id", std::string(101, 'c')), "x-hevlayer-client-id");
  EXPECT_EQ(fault("x-hevlayer-search-query", std::string(kRawQueryBytesMax + 1, 'q')),
            "x-hevlayer-search-query");
}

TEST(HistoryHeaders, TakeBytesThatAreNoUtf8ForLatin1) {
  EXPECT_EQ(read_history_headers({{"x-hevlayer-search-query", "caf\xE9"}}).who.raw_query,
            "caf\xC3\xA9");
}

std::string described(std::string_view body) {
  return describe_query(body).json;
}

TEST(QueryText, KeepsWhatWasAskedWithoutTheVector) {
  EXPECT_EQ(described(R"({"rank_by":["title","BM25","red shoes"],"limit":5,
                          "filters":["And",[["price","Lt",10], ["a","Eq","x y"]]]})"),
            R"({"kind":"BM25","field":"title","text":"red shoes","top_k":5,)"
            R"("filters":["And",[["price","Lt",10],["a","Eq","x y"]]]})");
  EXPECT_EQ(described(R"({"rank_by":["v","ANN",[0.1, 0.2,0.3]],"top_k":3})"),
            R"({"kind":"ANN","field":"v","vector_len":3,"top_k":3})");
  EXPECT_EQ(
      described(R"({"vector":[1,2,3,4],"as_of":7,"include_attributes":["t"]})"),
      R"({"kind":"ANN","field":"vector","vector_len":4,"as_of":7,"include_attributes":["t"]})");
  EXPECT_EQ(described(R"({"nearest_to_id":[1,2,3],"vector_attribute":"v"})"),
            R"({"kind":"ANN","field":"v","nearest_to_id":[1,2,3]})");
  EXPECT_EQ(described(R"({"rank_by":["v","ANN",["Embed","warm coats"]]})"),
            R"({"kind":"ANN","field":"v","text":"warm coats"})");
  EXPECT_EQ(described(R"({"rank_by":["id","asc"]})"), R"({"kind":"asc","field":"id"})");
}

TEST(QueryText, NeverHoldsAVectorHoweverItIsWritten) {
  // 3 floats are 12 bytes, 16 characters of base64.
  const std::string base64 = "AAAAAAAAAAAAAAAA";
  const std::vector<std::string> bodies{
      R"({"rank_by":["v","ANN",")" + base64 + R"("]})",
      R"({"vector":")" + base64 + R"("})",
      R"({"rank_by":["t","Auto","words",{"vector":")" + base64 + R"("}]})",
      R"({"rank_by":["t","Auto","words",{"vector":[7.25,7.25,7.25]}]})",
      R"({"rank_by":["Sum",[["t","BM25","words"],["v","ANN",[7.25,7.25,7.25]]]]})",
      R"({"queries":[{"rank_by":["v","kNN",[7.25,7.25,7.25]]}]})"};
  for (const std::string& body : bodies) {
    const std::string text = described(body);
    EXPECT_EQ(text.find(base64), std::string::npos) << text;
    EXPECT_EQ(text.find("7.25"), std::string::npos) << text;
    EXPECT_NE(text.find(R"("vector_len":3)"), std::string::npos) << text;
  }
}

TEST(QueryText, FindsTheWordsWithinAnExpression) {
  EXPECT_EQ(
      described(R"({"rank_by":["Sum",[["Product",[2,["title","BM25","red"]]]]]})"),
      R"({"kind":"Sum","text":"red","expression":["Sum",[["Product",[2,["title","BM25","red"]]]]]})");
}

TEST(QueryText, TellsTheQueriesOfAMultiQuery) {
  EXPECT_EQ(described(R"({"queries":[{"rank_by":["t","BM25","a"]},{"rank_by":["id","asc"]}]})"),
            R"({"leg_count":2,"queries":[{"kind":"BM25","field":"t","text":"a"},)"
            R"({"kind":"asc","field":"id"}]})");
}

TEST(QueryText, TellsTheLevelAndWhetherTheBodyWasWhole) {
  const std::string body = R"({"consistency":{"level":"eventual"},"rank_by":["id","asc"]})";
  EXPECT_EQ(describe_query(body).level, "eventual");
  EXPECT_FALSE(describe_query(body).truncated);
  const QueryText cut = describe_query(std::string_view(body).substr(0, body.size() - 5));
  EXPECT_TRUE(cut.truncated);
  EXPECT_EQ(cut.level, "eventual");
  EXPECT_EQ(describe_query("nothing").json, "{}");
}

TEST(QueryText, TakesTheEchoOfTheAnswer) {
  EXPECT_EQ(with_echo(R"({"kind":"Auto"})", "", R"({ "route":"fused" })"),
            R"({"kind":"Auto","routing":{"route":"fused"}})");
  EXPECT_EQ(with_echo("{}", R"({"legs":3})", ""), R"({"hybrid":{"legs":3}})");
}

TEST(AnswerRows, CountsRowsAndKeepsTheFirstTenIds) {
  std::string rows;
  for (int i = 0; i < 12; ++i) {
    rows += (i == 0 ? "" : ",") + std::string(R"({"$dist":1,"id":)") + std::to_string(i) +
            R"(,"nested":{"id":"no"},"list":[{"id":99}]})";
  }
  const AnswerRows read =
      read_rows(R"({"billing":{"x":1},"rows":[)" + rows + R"(],"hybrid":{"legs":2}})");
  EXPECT_EQ(read.count, 12U);
  EXPECT_EQ(read.top_ids, (Ids{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}));
  EXPECT_EQ(read.hybrid, R"({"legs":2})");
  EXPECT_FALSE(read.truncated);
}

TEST(AnswerRows, ReadsEveryShapeOfAnswer) {
  EXPECT_EQ(read_rows(R"([{"id":"a","dist":0.5},{"id":"b"}])").top_ids, (Ids{R"("a")", R"("b")"}));
  const AnswerRows many = read_rows(
      R"({"results":[{"rows":[{"id":1}]},{"aggregations":{"n":4}},{"rows":[{"id":1},{"id":2}]}]})");
  EXPECT_EQ(many.top_ids, (Ids{"1", "2"}));
  EXPECT_EQ(many.count, 4U);
  EXPECT_EQ(read_rows(R"({"aggregation_groups":[{"a":1},{"a":2}]})").count, 2U);
  EXPECT_EQ(read_rows(R"({"rows":[]})").count, 0U);
}

TEST(AnswerRows, ReadsATextThatWasCutOffAsFarAsItGoes) {
  const std::string whole = R"({"rows":[{"id":1,"t":"x"},{"id":2,"t":"y"},{"id":3,"t":"z"}]})";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const AnswerRows read = read_rows(std::string_view(whole).substr(0, size));
    EXPECT_TRUE(read.truncated) << size;
    EXPECT_LE(read.count, 3);
  }
  EXPECT_EQ(read_rows(std::string_view(whole).substr(0, 30)).top_ids, (Ids{"1"}));
}

TEST(AnswerRows, SeesADeferral) {
  EXPECT_TRUE(is_deferred(R"({"rows":[],"routing":{"route":"semantic","executed":false}})"));
  EXPECT_FALSE(is_deferred(R"({"rows":[],"routing":{"route":"semantic","executed":true}})"));
  EXPECT_FALSE(is_deferred(R"({"rows":[{"executed":false}]})"));
}

TEST(AnswerRows, OfAFederatedAnswerAreEachNamespacesOwn) {
  const FederatedRows read = read_federated_rows(
      R"({"rows":[{"id":1,"$namespace":"b"},{"id":1,"$namespace":"a"},{"$namespace":"b","id":"x"}],)"
      R"("merge":{},"namespaces":[{"namespace":"b","matched":2},{"matched":0,"namespace":"c"}]})");
  ASSERT_EQ(read.namespaces.size(), 2);
  EXPECT_EQ(read.namespaces[0].ns, "b");
  EXPECT_EQ(read.namespaces[0].top_ids, (Ids{"1", R"("x")"}));
  EXPECT_EQ(read.namespaces[1].ns, "a");
  EXPECT_EQ(read.namespaces[1].count, 1U);
  EXPECT_EQ(read.searched, (Ids{"b", "c"}));
  EXPECT_FALSE(read.truncated);
}

TEST(DocumentIds, AreThoseThatWereFound) {
  EXPECT_EQ(read_document_ids(R"({"id":7,"attributes":{"id":8}})"), (Ids{"7"}));
  EXPECT_EQ(
      read_document_ids(R"({"documents":[{"id":"a","attributes":{}},{"id":"b"}],"missing":["c"]})"),
      (Ids{R"("a")", R"("b")"}));
  EXPECT_TRUE(read_document_ids("none").empty());
}

TEST(KeptText, StopsAtItsLimitAndUndoesTheCoding) {
  KeptText text;
  text.keep(std::string(kKeptBytesMax - 1, 'a'));
  EXPECT_FALSE(text.cut);
  text.keep("bc");
  EXPECT_TRUE(text.cut);
  EXPECT_EQ(text.bytes.size(), kKeptBytesMax);

  KeptText gzip{.bytes = http::gzip("hello"), .coding = Coding::kGzip};
  gzip.decode();
  EXPECT_EQ(gzip.bytes, "hello");
  EXPECT_FALSE(gzip.cut);
  KeptText zstd{.bytes = http::zstd("hello"), .coding = Coding::kZstd};
  zstd.decode();
  EXPECT_EQ(zstd.bytes, "hello");
}

TEST(KeptText, OfACutOrLargeGzipIsWhatCanBeRead) {
  const std::string packed = http::gzip(std::string(2 * kKeptBytesMax, 'x'));
  KeptText large{.bytes = packed, .coding = Coding::kGzip};
  large.decode();
  EXPECT_TRUE(large.cut);
  EXPECT_LE(large.bytes.size(), kKeptBytesMax);
  EXPECT_GT(large.bytes.size(), kKeptBytesMax / 2);
  KeptText damaged{.bytes = packed.substr(0, packed.size() / 2), .coding = Coding::kGzip};
  damaged.decode();
  EXPECT_TRUE(damaged.cut);
}

}  // namespace
}  // namespace layer::features::capture
