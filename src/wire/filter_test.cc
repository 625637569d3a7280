#include <gtest/gtest.h>

#include <string>

#include "testing/cases.h"
#include "wire/filter_parse.h"

namespace layer::wire {
namespace {

std::string show(const Filter& filter);

std::string show(std::string_view name, const std::vector<Filter>& children) {
  std::string out = std::string(name) + "(";
  for (std::size_t i = 0; i < children.size(); ++i) {
    out += (i == 0 ? "" : "; ") + show(children[i]);
  }
  return out + ")";
}

std::string show(const Comparison& comparison) {
  std::string out = comparison.attribute + " " + std::string(name(comparison.op)) + " " +
                    describe(comparison.operand);
  for (const EditDistance& step : comparison.max_edit_distance) {
    out += " " + std::to_string(step.min_query_chars) + ":" + std::to_string(step.distance);
  }
  out += comparison.case_sensitive ? "" : " case_insensitive";
  return out + (comparison.last_as_prefix ? " last_as_prefix" : "");
}

std::string show(const Filter& filter) {
  if (const auto* all = std::get_if<FilterAnd>(&filter.node)) {
    return show("And", all->children);
  }
  if (const auto* any = std::get_if<FilterOr>(&filter.node)) {
    return show("Or", any->children);
  }
  if (const auto* negated = std::get_if<FilterNot>(&filter.node)) {
    return show("Not", negated->child);
  }
  return show(std::get<Comparison>(filter.node));
}

Result<Filter> parsed(const std::string& text, RefRule refs = RefRule::kForbidden) {
  LAYER_ASSIGN(const json::Document document, json::Document::parse(text));
  const json::Path root(document.text());
  return parse_filter(document.root(), root, refs);
}

// Errors are told without the words that all errors of shape share.
std::string outcome(const std::string& text) {
  constexpr std::string_view kShape = "Failed to deserialize the JSON body into the target type: ";
  const auto filter = parsed(text);
  if (filter) {
    return show(*filter);
  }
  std::string message = filter.error().message;
  if (message.starts_with(kShape)) {
    message.erase(0, kShape.size());
  }
  return std::to_string(core::info(filter.error().code).http_status) + " " + message;
}

TEST(Filter, ReadsEveryCase) {
  const auto cases = testing::load_cases("wire_filter");
  ASSERT_FALSE(cases.empty());
  for (const auto& each : cases) {
    EXPECT_EQ(outcome(each.input), each.outcome) << each.where << ": " << each.name;
  }
}

TEST(Filter, ConditionsMayReferToWhatIsBeingWritten) {
  const auto filter = parsed(R"(["version","Lt",{"$ref_new":"version"}])", RefRule::kAllowed);
  ASSERT_TRUE(filter);
  const auto& comparison = std::get<Comparison>(filter->node);
  EXPECT_EQ(std::get<RefNew>(comparison.operand.value).attribute, "version");
  EXPECT_FALSE(parsed(R"(["a","In",[{"$ref_new":"a"}]])", RefRule::kAllowed));
  EXPECT_FALSE(parsed(R"(["a","Eq",{"$ref_new":"a","x":1}])", RefRule::kAllowed));
  EXPECT_FALSE(parsed(R"(["a","Eq",{"$ref_new":1}])", RefRule::kAllowed));
}

TEST(Filter, NestingStopsAtItsLimit) {
  const auto nested = [](int depth) {
    std::string text = R"(["a","Eq",1])";
    for (int i = 1; i < depth; ++i) {
      text = R"(["Not",)" + text + "]";
    }
    return text;
  };
  EXPECT_TRUE(parsed(nested(64)));
  EXPECT_EQ(outcome(nested(65)), "400 💔 filters must not be nested deeper than 64 levels");
}

TEST(Filter, EveryOperatorIsFoundByItsName) {
  for (int i = 0; i <= static_cast<int>(FilterOp::kContainsTokenSequence); ++i) {
    const auto op = static_cast<FilterOp>(i);
    EXPECT_EQ(filter_op_named(name(op)), op);
  }
  EXPECT_FALSE(filter_op_named("eq"));
  EXPECT_FALSE(filter_op_named(""));
}

TEST(Literal, IsDescribedAsMessagesPrintIt) {
  const auto described = [](const std::string& text) {
    const auto document = json::Document::parse(text);
    const auto literal = read_literal(document->root(), json::Path());
    return describe(*literal);
  };
  EXPECT_EQ(described(R"("python")"), "'python'");
  EXPECT_EQ(described(R"(["python","javascript"])"), "[python, javascript]");
  EXPECT_EQ(described("[1, 2.0, null, true]"), "[1, 2.0, null, true]");
  EXPECT_EQ(described("18446744073709551615"), "18446744073709551615");
  EXPECT_EQ(described(R"({"a":"b"})"), "{a: b}");
}

TEST(Literal, TellsIntegersFromDoubles) {
  const auto literal = [](const std::string& text) {
    const auto document = json::Document::parse(text);
    return *read_literal(document->root(), json::Path());
  };
  EXPECT_EQ(literal("1").value, Literal{std::int64_t{1}}.value);
  EXPECT_EQ(literal("1.0").value, Literal{1.0}.value);
  EXPECT_EQ(literal("9223372036854775808").value, Literal{std::uint64_t{1} << 63U}.value);
  EXPECT_TRUE(literal("null").is_null());
}

}  // namespace
}  // namespace layer::wire
