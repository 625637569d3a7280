// What filters refuse and in which words; conditions with $ref_new; schemas that moved on.
#include <gmock/gmock.h>

#include "engine/query/test_namespace.h"

namespace layer::engine::query {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Ids = std::vector<std::uint64_t>;

class Filters : public testing::Test {
 protected:
  Filters()
      : names_(R"({"tags": "[]string", "u": "uuid", "t": "datetime", "f": "float",
      "hidden": {"type": "string", "filterable": false}, "on": "bool",
      "text": {"type": "string", "full_text_search": true},
      "words": {"type": "[]string", "full_text_search": {"tokenizer": "pre_tokenized_array"}}})") {
    names_.add(R"([{"id": 1, "tags": ["python", "go"], "n": 1, "f": 0.5, "on": true,
                    "t": "2024-03-01T10:00:00Z", "text": "visited a café"},
                   {"id": 2, "tags": [], "n": 2, "f": 2, "on": false,
                    "u": "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "words": ["Quick", "fox jumps"]},
                   {"id": 3, "n": 3}])");
  }
  Ids found(const std::string& filter) {
    return names_.ids_of(R"({"rank_by": ["id", "asc"], "limit": 99, "filters": )" + filter + "}");
  }
  std::string refused(const std::string& filter) {
    return names_.refusal(R"({"rank_by": ["id", "asc"], "limit": 99, "filters": )" + filter + "}");
  }
  TestNamespace names_;
};

TEST_F(Filters, SayWhichTypeTheyExpect) {
  EXPECT_EQ(refused(R"(["tags", "ContainsAny", "python"])"),
            "filter error in key `tags`: type mismatch, ContainsAny expects []string, but got "
            "'python'");
  EXPECT_THAT(refused(R"(["tags", "NotContainsAny", "python"])"),
              HasSubstr("filter error in key `tags`: type mismatch, NotContainsAny expects "
                        "[]string, but got"));
  EXPECT_THAT(refused(R"(["tags", "Contains", ["python", "javascript"]])"),
              HasSubstr("filter error in key `tags`: type mismatch, Contains expects string, but "
                        "got"));
  EXPECT_THAT(refused(R"(["tags", "NotContains", ["python"]])"),
              HasSubstr("type mismatch, NotContains expects string, but got"));
  EXPECT_THAT(refused(R"(["u", "In", ["nothing"]])"),
              HasSubstr("type mismatch, In expects uuid or []uuid, but got '[nothing]'"));
  EXPECT_THAT(refused(R"(["text", "ContainsAllTokens", ["rust", "ranking"]])"),
              HasSubstr("ContainsAllTokens expects string, but got '[rust, ranking]'"));
  EXPECT_THAT(refused(R"(["n", "Eq", "1"])"), HasSubstr("Eq expects int, but got '1'"));
}

TEST_F(Filters, NeedTheAttributeAndItsIndex) {
  EXPECT_EQ(refused(R"(["k", "Eq", 1])"), "filter error in key `k`: attribute not found");
  refused(R"(["hidden", "Eq", "x"])");
  refused(R"(["hidden", "Glob", "x*"])");
  refused(R"(["tags", "Regex", "x"])");
  refused(R"(["tags", "ContainsAnyToken", "x"])");
  refused(R"(["tags", "Gt", "x"])");
  refused(R"(["tags", "Eq", "x"])");
  refused(R"(["n", "Contains", 1])");
}

TEST_F(Filters, ReadOperandsAsTheAttributesType) {
  EXPECT_EQ(found(R"(["u", "Eq", "{6BA7B810-9DAD-11D1-80B4-00C04FD430C8}"])"), (Ids{2}));
  EXPECT_EQ(found(R"(["t", "Gte", "2024-03-01"])"), (Ids{1}));
  EXPECT_EQ(found(R"(["f", "Gte", 1])"), (Ids{2}));
  EXPECT_EQ(found(R"(["tags", "In", "go"])"), (Ids{1}));
  EXPECT_EQ(found(R"(["on", "Gt", false])"), (Ids{1}));
  EXPECT_EQ(found(R"(["id", "In", [3, 1, 77]])"), (Ids{1, 3}));
}

TEST_F(Filters, KeepNullAndEmptyApart) {
  EXPECT_EQ(found(R"(["tags", "Eq", null])"), (Ids{3}));
  EXPECT_EQ(found(R"(["tags", "NotEq", null])"), (Ids{1, 2}));
  EXPECT_EQ(found(R"(["tags", "NotContains", "go"])"), (Ids{2, 3}));
  EXPECT_EQ(found(R"(["f", "Lt", 1])"), (Ids{1, 3}));
  EXPECT_EQ(found(R"(["f", "Lt", null])"), Ids());
  EXPECT_EQ(found(R"(["f", "Gte", null])"), (Ids{1, 2, 3}));
}

TEST_F(Filters, FindTokensByPosition) {
  EXPECT_EQ(found(R"(["text", "ContainsTokenSequence", "visited a café"])"), (Ids{1}));
  EXPECT_EQ(found(R"(["text", "ContainsTokenSequence", "visited café"])"), Ids());
  EXPECT_EQ(found(R"(["words", "ContainsAllTokens", ["fox jumps", "Quick"]])"), (Ids{2}));
  EXPECT_EQ(found(R"(["words", "ContainsAnyToken", ["quick"]])"), Ids());
}

TEST_F(Filters, SeeNoValueInSegmentsOlderThanTheAttribute) {
  names_.add(R"([{"id": 4, "late": "x"}])");
  EXPECT_EQ(found(R"(["late", "Eq", null])"), (Ids{1, 2, 3}));
  EXPECT_EQ(found(R"(["late", "NotEq", "x"])"), (Ids{1, 2, 3}));
  EXPECT_EQ(found(R"(["late", "Lte", "y"])"), (Ids{1, 2, 3, 4}));
}

TEST_F(Filters, AskForARetryWhileAnIndexIsBuilt) {
  names_.declare(R"({"hidden": {"type": "string", "filterable": true}})");
  const auto response =
      names_.query(R"({"rank_by": ["id", "asc"], "limit": 9, "filters": ["hidden", "Eq", "x"]})");
  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(core::info(response.error().code).http_status, 409);
  EXPECT_THAT(response.error().message, HasSubstr("retry"));
}

TEST_F(Filters, RefuseAtOnceWhenFilterableIsSwitchedOff) {
  EXPECT_EQ(found(R"(["n", "Eq", 2])"), (Ids{2}));
  names_.declare(R"({"n": {"type": "int", "filterable": false}})");
  refused(R"(["n", "Eq", 2])");
}

TEST_F(Filters, OnAnEmptyNamespaceAreStillChecked) {
  names_ = TestNamespace(R"({"n": "int"})");
  EXPECT_THAT(found(R"(["n", "Eq", 2])"), IsEmpty());
  EXPECT_THAT(found(R"(["id", "Eq", 2])"), IsEmpty());
  refused(R"(["k", "Eq", 2])");
}

class Conditions : public Filters {
 protected:
  bool holds(const std::string& condition, const Row& row, const Row* incoming) {
    const auto parsed = wire::parse_query(R"({"rank_by": ["id", "asc"], "limit": 1, "filters": )" +
                                          condition + "}");
    EXPECT_TRUE(parsed.has_value()) << parsed.error().message;
    const auto bound = BoundFilter::bind(names_.schema(), *parsed->queries.front().filters, true);
    EXPECT_TRUE(bound.has_value()) << bound.error().message;
    return bound->matches(row, incoming);
  }
  Row row(std::uint64_t id, std::optional<std::int64_t> n) {
    Row made{.id = id, .fields = {}};
    if (n) {
      made.fields.push_back({.attr = *names_.schema().find("n"), .value = *n});
    }
    return made;
  }
};

TEST_F(Conditions, CompareWithTheIncomingRow) {
  wire::Filter filter;
  wire::Comparison comparison;
  comparison.attribute = "n";
  comparison.op = wire::FilterOp::kLt;
  comparison.operand.value = wire::RefNew{.attribute = "n"};
  filter.node = comparison;
  const auto bound = BoundFilter::bind(names_.schema(), filter, true);
  ASSERT_TRUE(bound.has_value()) << bound.error().message;
  const Row stored = row(1, 5);
  const Row newer = row(1, 6);
  const Row older = row(1, 4);
  const Row nothing = row(1, std::nullopt);
  EXPECT_TRUE(bound->matches(stored, &newer));
  EXPECT_FALSE(bound->matches(stored, &older));
  EXPECT_FALSE(bound->matches(stored, &nothing));
  EXPECT_FALSE(bound->matches(stored, nullptr));
  EXPECT_TRUE(bound->matches(nothing, &older));
}

TEST_F(Conditions, OnIdsTellInsertFromUpdate) {
  EXPECT_FALSE(holds(R"(["id", "Eq", null])", row(1, 5), nullptr));
  EXPECT_TRUE(holds(R"(["id", "Eq", 1])", row(1, 5), nullptr));
}

}  // namespace
}  // namespace layer::engine::query
