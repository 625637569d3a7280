#include "wire/typing.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "core/limits.h"
#include "wire/base64.h"

namespace layer::wire {
namespace {

json::Document parse(const std::string& text) {
  auto document = json::Document::parse(text);
  EXPECT_TRUE(document) << text;
  return *document;
}

Attribute declared(std::string_view type, bool filterable = true) {
  return Attribute{.name = "a", .type = parse_type(type).value(), .filterable = filterable};
}

Result<Value> typed(std::string_view type, const std::string& text, bool filterable = true) {
  const json::Document document = parse(text);
  return read_value(declared(type, filterable), document.root());
}

std::string refusal(std::string_view type, const std::string& text) {
  const auto value = typed(type, text);
  return value ? "accepted" : value.error().message;
}

std::string inferred(const std::string& text, std::string_view name = "a") {
  const json::Document document = parse(text);
  const auto attribute = infer_attribute(name, document.root());
  if (!attribute) {
    return "refused";
  }
  return *attribute ? to_string((*attribute)->type) : "nothing";
}

TEST(Inference, TheFirstValueDecidesTheType) {
  EXPECT_EQ(inferred(R"("x")"), "string");
  EXPECT_EQ(inferred("true"), "bool");
  EXPECT_EQ(inferred("3"), "int");
  EXPECT_EQ(inferred("-3"), "int");
  EXPECT_EQ(inferred("null"), "nothing");
  EXPECT_EQ(inferred("[]"), "[]unknown");
  EXPECT_EQ(inferred(R"(["x"])"), "[]string");
  EXPECT_EQ(inferred("[1,2]"), "[]int");
  EXPECT_EQ(inferred("[false]"), "[]bool");
  EXPECT_EQ(inferred("[[0.1,0.2],[1,2]]"), "[][2]f32");
  EXPECT_EQ(inferred(R"({"dim":0.5})"), "{}f16");
  EXPECT_EQ(inferred(R"("0190f3b2-4c5d-7e8f-9a0b-1c2d3e4f5a6b")"), "string");
}

TEST(Inference, OnlyTheAttributeNamedVectorIsADenseVector) {
  EXPECT_EQ(inferred("[1,2,3]", "vector"), "[3]f32");
  EXPECT_EQ(inferred("[0.5]", "vector"), "[1]f32");
  EXPECT_EQ(inferred(R"("MzMzPzMzMz8=")", "vector"), "[2]f32");
  EXPECT_EQ(inferred(R"("hello")", "vector"), "refused");
  EXPECT_EQ(inferred("[]", "vector"), "refused");
  EXPECT_EQ(inferred(R"(["x"])", "vector"), "[]string");
}

TEST(Inference, FractionsLargeNumbersAndNestingMustBeDeclared) {
  for (const char* text : {"1.5", "1.0", "18446744073709551615", "[1.5]", "[18446744073709551615]",
                           "[null]", "[{}]", R"({"a":"b"})", R"([["a"]])"}) {
    EXPECT_EQ(inferred(text), "refused") << text;
  }
  EXPECT_EQ(inferred("1", "$a"), "refused");
  EXPECT_EQ(inferred("1", std::string(129, 'n')), "refused");
  EXPECT_EQ(inferred("1", std::string(128, 'n')), "int");
}

// Every type against every kind of JSON value: which it takes.
TEST(Typing, EachTypeTakesItsOwnKindOfValue) {
  const std::string uuid = R"("0190f3b2-4c5d-7e8f-9a0b-1c2d3e4f5a6b")";
  const std::string inputs[] = {"true",
                                "-1",
                                "1",
                                "18446744073709551615",
                                "1.5",
                                R"("x")",
                                uuid,
                                R"("2024-03-02")",
                                "[]",
                                "[true]",
                                "[-1]",
                                "[1]",
                                "[1.5]",
                                R"(["x"])",
                                "[" + uuid + "]",
                                R"(["2024-03-02"])",
                                "[[1]]",
                                R"({"d":1})",
                                "null"};
  // One character per input above, in its order: x taken, . refused.
  const std::pair<std::string_view, std::string_view> expectations[] = {
      {"bool", "x.................x"},       {"int", ".xx...............x"},
      {"uint", "..xx..............x"},       {"float", ".xxxx.............x"},
      {"string", ".....xxx..........x"},     {"uuid", "......x...........x"},
      {"datetime", ".......x..........x"},   {"bytes", "..................x"},
      {"[]bool", "........xx........x"},     {"[]int", "........x.xx......x"},
      {"[]uint", "........x..x......x"},     {"[]float", "........x.xxx.....x"},
      {"[]string", "........x....xxx..x"},   {"[]uuid", "........x.....x...x"},
      {"[]datetime", "........x......x..x"}, {"[]unknown", "........xxxx.xxx..x"},
      {"[1]f32", "..........xxx......"},     {"[1]f16", "..........xxx......"},
      {"[1]i8", "..........xxx......"},      {"[][1]f32", "................x.x"},
      {"{}f16", ".................xx"},
  };
  for (const auto& [type, expected] : expectations) {
    std::string found;
    for (const std::string& input : inputs) {
      found += typed(type, input) ? 'x' : '.';
    }
    EXPECT_EQ(found, expected) << type;
  }
}

TEST(Typing, IntegersKeepAll64Bits) {
  EXPECT_EQ(typed("int", "-9223372036854775808").value(),
            Value(std::numeric_limits<std::int64_t>::min()));
  EXPECT_EQ(typed("int", "9007199254740993").value(), Value(std::int64_t{9007199254740993}));
  EXPECT_EQ(typed("uint", "18446744073709551615").value(), Value(~std::uint64_t{0}));
  EXPECT_EQ(typed("float", "3").value(), Value(3.0));
}

TEST(Typing, TextBecomesInstantsIdsAndBytes) {
  EXPECT_EQ(typed("datetime", R"("1970-01-01T00:00:01Z")").value(), Value(Datetime{1000}));
  EXPECT_EQ(typed("bytes", R"("AAEC")").value(), Value(Bytes{std::string("\0\1\2", 3)}));
  EXPECT_EQ(to_string(std::get<Uuid>(
                typed("uuid", R"("{0190F3B2-4C5D-7E8F-9A0B-1C2D3E4F5A6B}")").value())),
            "0190f3b2-4c5d-7e8f-9a0b-1c2d3e4f5a6b");
}

TEST(Typing, ArraysKeepOrderAndDuplicates) {
  EXPECT_EQ(typed("[]string", R"(["b","a","b"])").value(),
            Value(std::vector<std::string>{"b", "a", "b"}));
  EXPECT_EQ(typed("[]bool", "[true,false]").value(), Value(std::vector<std::uint8_t>{1, 0}));
  EXPECT_EQ(typed("[]unknown", "[]").value(), Value(EmptyArray{}));
  EXPECT_EQ(typed("[]float", "[1,2.5]").value(), Value(std::vector<double>{1, 2.5}));
}

TEST(Typing, AnArrayOfUnknownElementsTakesTheTypeOfItsFirst) {
  const Value value = typed("[]unknown", R"(["x","y"])").value();
  EXPECT_EQ(value, Value(std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(to_string(element_type_of(value)), "[]string");
  EXPECT_EQ(to_string(element_type_of(Value(EmptyArray{}))), "[]unknown");
  EXPECT_EQ(to_string(element_type_of(typed("[]unknown", "[true]").value())), "[]bool");
}

TEST(Typing, MixedNestedAndNullElementsHaveTheWrongShape) {
  for (const char* text : {R"(["x",1])", R"(["x",null])", R"([["x"]])", R"(["x",{}])"}) {
    const auto value = typed("[]string", text);
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(value.error().code, ErrorCode::kInvalidShape) << text;
  }
  EXPECT_EQ(typed("[]string", "[1]").error().code, ErrorCode::kInvalidArgument);
}

TEST(Typing, RefusalsNameAttributeExpectationAndFinding) {
  EXPECT_EQ(refusal("string", "1"),
            "💔 invalid value for attribute 'a', expected string, but got int 1");
  EXPECT_EQ(refusal("[]string", R"("x")"),
            "💔 invalid value for attribute 'a', expected []string, but got string 'x'");
  EXPECT_TRUE(refusal("int", "1.5")
                  .starts_with("💔 inferred schema type for attribute 'a' as int, but got an "
                               "incompatible value (1.5)"));
  EXPECT_EQ(refusal("[2]f32", "[1,2,3]"),
            "💔 invalid value for attribute 'a': expected 2 dimensions, but got 3");
  EXPECT_EQ(refusal("uuid", R"("x")"),
            "💔 invalid value for attribute 'a': 'x' could not be parsed as uuid");
}

TEST(Typing, VectorsAreRoundedToTheirElementType) {
  const auto elements = [](std::string_view type, const std::string& text) {
    return std::get<DenseVector>(typed(type, text).value()).elements;
  };
  EXPECT_EQ(elements("[2]f32", "[0.1,1]"), (std::vector<float>{0.1F, 1}));
  EXPECT_EQ(elements("[2]f16", "[0.1,65504]"), (std::vector<float>{0.099975586F, 65504}));
  EXPECT_EQ(elements("[3]i8", "[-128,1.4,126.6]"), (std::vector<float>{-128, 1, 127}));
  const float sent[] = {0.1F, 2.5F};
  EXPECT_EQ(elements("[2]f16", "\"" + encode_base64_f32(sent) + "\""),
            (std::vector<float>{0.099975586F, 2.5F}));
}

TEST(Typing, VectorsHoldFiniteNumbersInRange) {
  const float nan[] = {std::numeric_limits<float>::quiet_NaN()};
  const float infinity[] = {std::numeric_limits<float>::infinity()};
  EXPECT_NE(refusal("[1]f32", "\"" + encode_base64_f32(nan) + "\""), "accepted");
  EXPECT_NE(refusal("[1]f32", "\"" + encode_base64_f32(infinity) + "\""), "accepted");
  for (const auto& [type, text] : {std::pair{"[1]f32", "[1e39]"},
                                   {"[1]f16", "[65520]"},
                                   {"[1]i8", "[128]"},
                                   {"[1]i8", "[-129]"},
                                   {"[2]f32", "[1]"},
                                   {"[1]f32", "[]"},
                                   {"[1]f32", "null"},
                                   {"[1]f32", R"(["1"])"},
                                   {"[1]f32", R"("AAA=")"},
                                   {"[1]f32", R"("")"},
                                   {"[1]f32", "[[1]]"}}) {
    EXPECT_NE(refusal(type, text), "accepted") << type << " " << text;
  }
}

TEST(Typing, SparseVectorsAreSortedRoundedAndWithoutZeros) {
  const Value value = typed("{}f16", R"({"b":0.1,"a":2,"zero":0,"tiny":1e-9,"c":-1})").value();
  EXPECT_EQ(value, Value(SparseVector{{{"a", 2.0F}, {"b", 0.099975586F}, {"c", -1.0F}}}));
  EXPECT_NE(refusal("{}f16", R"({"a":1,"a":2})"), "accepted");
  EXPECT_NE(refusal("{}f16", R"({"a":1e6})"), "accepted");
  std::string wide = "{";
  for (std::size_t i = 0; i < core::limits::sparse_dims_max; ++i) {
    wide += "\"d" + std::to_string(i) + "\":1,";
  }
  EXPECT_EQ(refusal("{}f16", wide + "\"z\":0}"), "accepted");
  EXPECT_NE(refusal("{}f16", wide + "\"z\":1}"), "accepted");
}

TEST(Typing, MultiVectorsHaveEqualLengths) {
  EXPECT_EQ(typed("[][2]f32", R"([[1,2],"MzMzPzMzMz8="])").value(),
            Value(MultiVector{.dims = 2, .elements = {1, 2, 0.7F, 0.7F}}));
  EXPECT_NE(refusal("[][2]f32", "[[1,2],[1]]"), "accepted");
  EXPECT_NE(refusal("[][2]f32", "[]"), "accepted");
}

TEST(Typing, SizesAreBounded) {
  const auto text = [](std::size_t bytes) { return "\"" + std::string(bytes, 'x') + "\""; };
  EXPECT_TRUE(typed("string", text(core::limits::filterable_value_bytes_max)));
  EXPECT_FALSE(typed("string", text(core::limits::filterable_value_bytes_max + 1)));
  EXPECT_TRUE(typed("string", text(core::limits::filterable_value_bytes_max + 1), false));
  EXPECT_FALSE(typed("string", text(core::limits::value_bytes_max + 1), false));
  EXPECT_FALSE(typed("[]string", "[" + text(core::limits::filterable_value_bytes_max + 1) + "]"));
  EXPECT_TRUE(check_document_bytes(core::limits::document_bytes_max));
  EXPECT_FALSE(check_document_bytes(core::limits::document_bytes_max + 1));
}

std::string id_of(const std::string& text, std::optional<IdType> type) {
  const json::Document document = parse(text);
  const auto id = read_id(document.root(), type, "upsert_rows[0].id");
  return id ? std::string(name(type_of(*id))) + " " + to_string(*id) : id.error().message;
}

TEST(ReadId, TheJsonTypeDecidesUnlessTheNamespaceHas) {
  EXPECT_EQ(id_of("18446744073709551615", std::nullopt), "uint 18446744073709551615");
  EXPECT_EQ(id_of(R"("0190f3b24c5d7e8f9a0b1c2d3e4f5a6b")", std::nullopt),
            "string 0190f3b24c5d7e8f9a0b1c2d3e4f5a6b");
  EXPECT_EQ(id_of(R"("0190f3b24c5d7e8f9a0b1c2d3e4f5a6b")", IdType::kUuid),
            "uuid 0190f3b2-4c5d-7e8f-9a0b-1c2d3e4f5a6b");
}

TEST(ReadId, RefusesInTheStoresWords) {
  EXPECT_EQ(
      id_of(R"("x")", IdType::kUint),
      "💔 namespace ID type is uint, but you sent string; you are not allowed to mix ID types "
      "in the same namespace");
  EXPECT_EQ(
      id_of("1", IdType::kString),
      "💔 namespace ID type is string, but you sent uint; you are not allowed to mix ID types "
      "in the same namespace");
  EXPECT_EQ(id_of(R"("x")", IdType::kUuid),
            "💔 namespace ID type is uuid, but a written ID could not be parsed as uuid");
  EXPECT_EQ(id_of("-1", std::nullopt),
            "Failed to deserialize the JSON body into the target type: upsert_rows[0].id: data did "
            "not match any variant of untagged enum Id");
  EXPECT_TRUE(id_of("\"" + std::string(64, 'x') + "\"", std::nullopt).starts_with("string"));
  EXPECT_TRUE(id_of("\"" + std::string(65, 'x') + "\"", std::nullopt).starts_with("💔"));
}

TEST(FitScalar, OperandsFitTheirOwnKindOnly) {
  const auto fits = [](std::string_view type, Literal literal) {
    return fit_scalar(parse_type(type).value(), literal);
  };
  EXPECT_EQ(fits("int", {std::int64_t{3}}), Value(std::int64_t{3}));
  EXPECT_EQ(fits("uint", {std::int64_t{3}}), Value(std::uint64_t{3}));
  EXPECT_EQ(fits("uint", {std::int64_t{-3}}), std::nullopt);
  EXPECT_EQ(fits("uint", {~std::uint64_t{0}}), Value(~std::uint64_t{0}));
  EXPECT_EQ(fits("int", {~std::uint64_t{0}}), std::nullopt);
  EXPECT_EQ(fits("int", {5.5}), std::nullopt);
  EXPECT_EQ(fits("float", {std::int64_t{5}}), Value(5.0));
  EXPECT_EQ(fits("bool", {std::int64_t{1}}), std::nullopt);
  EXPECT_EQ(fits("bool", {true}), Value(true));
  EXPECT_EQ(fits("[]string", {std::string("x")}), Value(std::string("x")));
  EXPECT_EQ(fits("string", {std::int64_t{1}}), std::nullopt);
  EXPECT_EQ(fits("datetime", {std::string("1970-01-01")}), Value(Datetime{0}));
  EXPECT_EQ(fits("datetime", {std::string("soon")}), std::nullopt);
  EXPECT_EQ(fits("uuid", {std::string("x")}), std::nullopt);
  EXPECT_EQ(fits("[]unknown", {std::string("x")}), Value(std::string("x")));
  EXPECT_EQ(fits("{}f16", {std::string("x")}), std::nullopt);
}

TEST(ReadId, OperandsOfFiltersAreIdsToo) {
  EXPECT_EQ(read_id(Literal{std::int64_t{7}}, IdType::kUint).value(), Id(std::uint64_t{7}));
  EXPECT_EQ(read_id(Literal{std::string("x")}, IdType::kString).value(), Id(std::string("x")));
  EXPECT_FALSE(read_id(Literal{std::int64_t{-7}}, IdType::kUint));
  EXPECT_FALSE(read_id(Literal{true}, IdType::kString));
}

}  // namespace
}  // namespace layer::wire
