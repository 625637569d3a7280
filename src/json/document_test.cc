#include "json/document.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/limits.h"
#include "testing/cases.h"

namespace layer::json {
namespace {

constexpr std::string_view kPrefix = "Failed to parse the request body as JSON: ";

std::string outcome(std::string text) {
  const auto document = Document::parse(std::move(text));
  if (document) {
    return "ok";
  }
  EXPECT_EQ(document.error().code, ErrorCode::kInvalidJson);
  EXPECT_TRUE(document.error().message.starts_with(kPrefix)) << document.error().message;
  return document.error().message.substr(kPrefix.size());
}

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + "1" + std::string(depth, ']');
}

TEST(Document, ReadsEveryCase) {
  const auto cases = testing::load_cases("json_document");
  ASSERT_FALSE(cases.empty());
  for (const auto& each : cases) {
    EXPECT_EQ(outcome(each.input), each.outcome) << each.where << ": " << each.name;
  }
}

TEST(Document, AnEmptyTextIsNotJson) {
  EXPECT_EQ(outcome(""), "EOF while parsing a value at line 1 column 0");
  EXPECT_EQ(outcome(" \n "), "EOF while parsing a value at line 2 column 1");
}

TEST(Document, AByteOrderMarkIsRefusedByName) {
  EXPECT_EQ(outcome("\xEF\xBB\xBF{}"),
            "expected value, found a byte order mark at line 1 column 1");
}

TEST(Document, TextThatIsNotUtf8IsRefusedWhereItGoesWrong) {
  EXPECT_EQ(outcome("[\"a\xFF\"]"), "invalid unicode code point at line 1 column 4");
  EXPECT_EQ(outcome("[\"\xED\xA0\x80\"]"), "invalid unicode code point at line 1 column 3");
}

TEST(Document, NestingIsTakenUpToTheLimitAndNotBeyond) {
  EXPECT_EQ(outcome(nested(core::limits::json_depth_max)), "ok");
  EXPECT_EQ(outcome(nested(core::limits::json_depth_max + 1)),
            "recursion limit exceeded: values are nested deeper than 128 levels at line 1 column "
            "129");
  EXPECT_TRUE(outcome(std::string(1'000'000, '[')).starts_with("recursion limit exceeded"));
}

TEST(Document, IntegersKeep64BitsAndAreToldFromFloats) {
  const auto document = Document::parse("[18446744073709551615,-9223372036854775808,1,1.0]");
  ASSERT_TRUE(document);
  const Array items = document->root().get_array();
  EXPECT_EQ(items.at(0).get_uint64().value(), 18446744073709551615ULL);
  EXPECT_EQ(items.at(1).get_int64().value(), INT64_MIN);
  EXPECT_TRUE(items.at(2).value().is_int64());
  EXPECT_FALSE(items.at(3).value().is_int64());
  EXPECT_EQ(items.at(3).value().type(), simdjson::dom::element_type::DOUBLE);
}

TEST(Document, DuplicateNamesAreKeptInOrder) {
  const auto document = Document::parse(R"({"a":1,"b":2,"a":3})");
  ASSERT_TRUE(document);
  std::string seen;
  for (const auto& [name, value] : Object(document->root().get_object())) {
    seen += std::string(name) + "=" + std::to_string(value.get_int64().value()) + " ";
  }
  EXPECT_EQ(seen, "a=1 b=2 a=3 ");
}

TEST(Document, ValuesOutliveTheMoveOfTheirDocument) {
  auto parsed = Document::parse(R"({"name":"caf\u00e9"})");
  ASSERT_TRUE(parsed);
  const Value name = parsed->root().at_key("name").value();
  const Document moved = std::move(*parsed);
  EXPECT_EQ(name.get_string().value(), "caf\xc3\xa9");
  EXPECT_EQ(moved.text(), R"({"name":"caf\u00e9"})");
}

TEST(Document, LargeTextsParseBesideSmallOnes) {
  std::string large = "[0";
  while (large.size() < 2 * core::limits::kMiB) {
    large += ",1234567.5";
  }
  large += "]";
  EXPECT_EQ(outcome(large), "ok");
  EXPECT_EQ(outcome("[1]"), "ok");
  large.back() = '}';
  EXPECT_TRUE(outcome(large).starts_with("expected `,` or `]` at line 1 column"));
}

TEST(Document, ManyThreadsParseAtOnce) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t] {
      for (int i = 0; i < 200; ++i) {
        const std::string text = "[" + std::to_string(t * 1000 + i) + "]";
        const auto document = Document::parse(text);
        ASSERT_TRUE(document);
        EXPECT_EQ(document->root().at(0).get_int64().value(), t * 1000 + i);
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

}  // namespace
}  // namespace layer::json
