// The body of a federated query, and filters against schemas.
#include "features/federated/federated_ask.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "features/federated/filter_check.h"
#include "features/row_filter/store_schema.h"
#include "json/document.h"
#include "wire/filter_parse.h"

namespace layer::features::federated {
namespace {

constexpr std::size_t kMax = 512;
const std::string kRank = R"("rank_by":["text","BM25","fox"])";

TEST(FederatedAskTest, HasDefaults) {
  const auto ask = parse_ask("{" + kRank + "}", kMax);
  ASSERT_TRUE(ask);
  EXPECT_TRUE(ask->all);
  EXPECT_FALSE(ask->strict);
  EXPECT_EQ(ask->top_k, 10U);
  EXPECT_EQ(ask->per_namespace_limit, 20U);
  EXPECT_FALSE(ask->filter);
  EXPECT_FALSE(ask->level);
}

TEST(FederatedAskTest, AsksEachNamespaceForTwiceAsManyRowsWithinBounds) {
  for (const auto& [top_k, limit] :
       {std::pair<std::size_t, std::size_t>{1, 10}, {5, 10}, {30, 60}, {500, 100}}) {
    const auto ask = parse_ask(fmt::format("{{{},\"top_k\":{}}}", kRank, top_k), kMax);
    ASSERT_TRUE(ask);
    EXPECT_EQ(ask->per_namespace_limit, limit);
  }
  const auto ask =
      parse_ask("{" + kRank + R"(,"fusion":{"per_namespace_limit":3,"rank_constant":1}})", kMax);
  ASSERT_TRUE(ask);
  EXPECT_EQ(ask->per_namespace_limit, 3U);
}

TEST(FederatedAskTest, LeavesTheQueryOfEachNamespaceAsItWasWritten) {
  const auto ask = parse_ask(
      R"( {"namespaces":["a"],"strict":true, "filters": ["n","Eq",18446744073709551615] ,"top_k":4,"rank_by":["id","asc"],)"
      R"("fusion":{}})",
      kMax);
  ASSERT_TRUE(ask) << ask.error().message;
  EXPECT_TRUE(ask->strict);
  EXPECT_NE(ask->query.find(R"("filters": ["n","Eq",18446744073709551615])"), std::string::npos);
  const auto query = json::Document::parse(ask->query);
  ASSERT_TRUE(query) << ask->query;
  json::Object object;
  ASSERT_EQ(query->root().get(object), simdjson::SUCCESS);
  std::vector<std::string> names;
  for (const auto& [name, value] : object) {
    names.emplace_back(name);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"top_k", "filters", "rank_by"}));
}

TEST(FederatedAskTest, AsksANamespaceThatIsNamedTwiceOnce) {
  const auto ask = parse_ask(R"({"namespaces":["b","a","b"],)" + kRank + "}", kMax);
  ASSERT_TRUE(ask);
  EXPECT_FALSE(ask->all);
  EXPECT_EQ(ask->namespaces, (std::vector<std::string>{"b", "a"}));
  const auto star = parse_ask(R"({"namespaces":["*"],)" + kRank + "}", kMax);
  ASSERT_TRUE(star);
  EXPECT_TRUE(star->all);
}

TEST(FederatedAskTest, NamesWhatIsWrong) {
  for (const auto& [members, field] : std::vector<std::pair<std::string, std::string>>{
           {R"("namespaces":[])", "namespaces"},
           {R"("namespaces":"a")", "namespaces"},
           {R"("namespaces":["a",""])", "namespaces[1]"},
           {R"("namespaces":["a",7])", "namespaces[1]"},
           {R"("namespaces":["a/b"])", "namespaces[0]"},
           {R"("namespaces":[".."])", "namespaces[0]"},
           {R"("namespaces":["a","*"])", "namespaces"},
           {R"("strict":1)", "strict"},
           {R"("top_k":0)", "top_k"},
           {R"("top_k":10001)", "top_k"},
           {R"("top_k":1.5)", "top_k"},
           {R"("fusion":[])", "fusion"},
           {R"("fusion":{"per_namespace_limit":0})", "fusion.per_namespace_limit"},
           {R"("fusion":{"rank_constant":0})", "fusion.rank_constant"},
           {R"("fusion":{"weights":[1]})", "fusion.weights"},
           {R"("cursor":null)", "cursor"},
           {R"("cursor":"x")", "cursor"},
           {R"("page_window":10)", "page_window"},
           {R"("limit":10)", "limit"},
           {R"("queries":[])", "queries"},
           {R"("aggregate_by":{})", "aggregate_by"},
           {R"("consistency":"strong")", "consistency"},
           {R"("filters":["n","Is",1])", "filters"},
           {R"("strict":true,"strict":false)", "strict"}}) {
    const auto ask = parse_ask("{" + kRank + "," + members + "}", kMax);
    ASSERT_FALSE(ask) << members;
    EXPECT_EQ(ask.error().code, ErrorCode::kValidation) << members;
    EXPECT_TRUE(ask.error().message.starts_with(field + ":")) << ask.error().message;
  }
  for (const std::string body : {"", "[]", "{", "{}", R"({"namespaces":["a"]})"}) {
    EXPECT_FALSE(parse_ask(body, kMax)) << body;
  }
}

TEST(FederatedAskTest, ListsNamespacesBeyondTheLimit) {
  const std::string names = R"("namespaces":["a","a","b","c"],)";
  const auto ask = parse_ask("{" + names + kRank + "}", 2);
  ASSERT_FALSE(ask);
  EXPECT_EQ(ask.error().code, ErrorCode::kValidation);
  ASSERT_EQ(ask.error().fields.size(), 1U);
  EXPECT_EQ(ask.error().fields[0].value,
            R"([{"field":"namespaces[2]","namespace":"b","problem":"beyond the limit"},)"
            R"({"field":"namespaces[3]","namespace":"c","problem":"beyond the limit"}])");
  EXPECT_TRUE(parse_ask("{" + names + kRank + "}", 4));
}

class FilterCheckTest : public ::testing::Test {
 protected:
  std::string mismatch(std::string_view filter) const {
    const auto document = json::Document::parse(std::string(filter));
    const auto parsed = wire::parse_filter(document->root(), json::Path());
    EXPECT_TRUE(parsed) << filter;
    return filter_mismatch(*parsed, schema_).value_or("");
  }

  const wire::Schema schema_ = *row_filter::parse_store_schema(
      R"({"schema":{"id":{"type":"uint"},"n":{"type":"int","filterable":true},"s":"string",)"
      R"("tags":{"type":"[]string","filterable":true},"at":{"type":"datetime"},"u":{"type":"uuid"},)"
      R"("globbed":{"type":"string","filterable":false,"glob":true},)"
      R"("text":{"type":"string","filterable":false,"full_text_search":{"k1":1.2}},)"
      R"("words":{"type":"string","filterable":false,"regex":true,"fuzzy":true}}})");
};

TEST_F(FilterCheckTest, LetsPassWhatTheSchemaKnows) {
  for (const char* filter :
       {R"(["n","Eq",1])", R"(["n","In",[1,2]])", R"(["n","Eq",null])", R"(["s","Glob","a*"])",
        R"(["tags","Contains","a"])", R"(["tags","ContainsAny",["a","b"]])", R"(["id","Eq","x"])",
        R"(["at","Gte","2024-01-01"])", R"(["text","ContainsAllTokens","red fox"])",
        R"(["globbed","Glob","a*"])", R"(["words","Regex","a.b"])", R"(["And",[]])",
        R"(["And",[["n","Lt",3],["Or",[["s","Eq","a"],["Not",["n","Eq",1]]]]]])"}) {
    EXPECT_EQ(mismatch(filter), "") << filter;
  }
}

TEST_F(FilterCheckTest, SaysWhatDoesNotFit) {
  for (const auto& [filter, detail] : std::vector<std::pair<std::string, std::string>>{
           {R"(["missing","Eq",1])", "attribute missing is not in the schema"},
           {R"(["n","Eq","one"])", "attribute n is int, 'one' does not fit"},
           {R"(["n","In",["one"]])", "attribute n is int, [one] does not fit"},
           {R"(["tags","Contains",5])", "attribute tags is []string, 5 does not fit"},
           {R"(["text","Eq","a"])", "attribute text is not filterable, which Eq takes"},
           {R"(["s","ContainsAllTokens","a"])",
            "attribute s is not full_text_search, which ContainsAllTokens takes"},
           {R"(["s","Regex","a"])", "attribute s is not regex, which Regex takes"},
           {R"(["And",[["n","Eq",1],["Not",["gone","Eq",1]]]])",
            "attribute gone is not in the schema"}}) {
    EXPECT_EQ(mismatch(filter), detail) << filter;
  }
}

}  // namespace
}  // namespace layer::features::federated
