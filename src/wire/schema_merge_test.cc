#include "wire/schema_merge.h"

#include <gtest/gtest.h>

#include <string>

#include "core/limits.h"

namespace layer::wire {
namespace {

constexpr auto kCosine = DistanceMetric::kCosine;
constexpr auto kEuclidean = DistanceMetric::kEuclideanSquared;

Result<SchemaInput> read(const std::string& text) {
  LAYER_ASSIGN(const auto document, json::Document::parse(text));
  return parse_schema_input(document.root(), json::Path(document.text()));
}

// Declares `text` on top of `schema`; the message of the error, or "ok".
std::string declare(Schema& schema, const std::string& text, bool new_namespace = true,
                    std::optional<DistanceMetric> metric = kCosine) {
  const auto input = read(text);
  if (!input) {
    return input.error().message;
  }
  const auto change = merge_schema(schema, *input, new_namespace, metric);
  return change ? "ok" : change.error().message;
}

std::string refusal(const std::string& text) {
  Schema schema;
  return declare(schema, text);
}

const Attribute& attribute(const Schema& schema, std::string_view name) {
  return schema.at(schema.find(name).value());
}

SchemaChange change(Schema& schema, const std::string& text) {
  const auto merged = merge_schema(schema, read(text).value(), false, std::nullopt);
  EXPECT_TRUE(merged) << merged.error().message;
  return merged.value_or(SchemaChange{});
}

TEST(SchemaMerge, DefaultsFollowTypeAndIndexes) {
  Schema schema;
  ASSERT_EQ(declare(schema, R"({"id":"uuid","by":"bytes","d":"datetime","fa":"[]float",
      "fl":{"type":"string","filterable":true},
      "fs":{"type":"string","filterable":true,"full_text_search":true},
      "ft":{"type":"[]string","full_text_search":{"k1":2,"language":"french"}},
      "fz":{"type":"string","fuzzy":true},"gl":{"type":"string","glob":true},
      "rx":{"type":"string","regex":true},"nf":{"type":"string","filterable":false},
      "sp":{"type":"{}f16","sparse_knn":{"distance_metric":"dot_product"}},
      "v":{"type":"[2]f32","ann":true},"vf":{"type":"[2]f16","ann":{}},
      "mv":"[][2]f32","none":{"type":"string","full_text_search":{}}})"),
            "ok");
  EXPECT_EQ(schema.id_type, IdType::kUuid);
  EXPECT_EQ(schema.distance_metric, kCosine);
  for (const char* name : {"d", "fa", "fl", "fs", "mv"}) {
    EXPECT_TRUE(attribute(schema, name).filterable) << name;
  }
  for (const char* name : {"by", "ft", "fz", "gl", "rx", "nf", "sp", "v", "vf", "none"}) {
    EXPECT_FALSE(attribute(schema, name).filterable) << name;
  }
  EXPECT_EQ(attribute(schema, "fs").full_text, FullTextConfig{});
  EXPECT_EQ(attribute(schema, "none").full_text, FullTextConfig{});
  EXPECT_EQ(attribute(schema, "ft").full_text->k1, 2.0F);
  EXPECT_EQ(attribute(schema, "ft").full_text->language, Language::kFrench);
  EXPECT_TRUE(attribute(schema, "sp").sparse_knn);
  EXPECT_TRUE(attribute(schema, "vf").ann);
  EXPECT_FALSE(attribute(schema, "mv").ann);
}

TEST(SchemaMerge, ARepeatedDeclarationChangesNothing) {
  const std::string text = R"({"t":{"type":"string","full_text_search":{"stemming":true}},
                               "v":{"type":"[2]f32","ann":true}})";
  Schema schema;
  ASSERT_EQ(declare(schema, text), "ok");
  const SchemaChange again = change(schema, text);
  EXPECT_FALSE(again.changed);
  EXPECT_FALSE(again.needs_rebuild);
}

TEST(SchemaMerge, ObjectsMergeKeyByKeyWithTheStoredConfiguration) {
  Schema schema;
  ASSERT_EQ(declare(schema, R"({"tags":{"type":"[]string",
                                "full_text_search":{"case_sensitive":true}},"private":"bool"})"),
            "ok");
  const SchemaChange merged =
      change(schema, R"({"tags":{"type":"[]string","filterable":true,"full_text_search":{"k1":1.2,
                  "b":0.75,"language":"english","stemming":false,"remove_stopwords":false,
                  "case_sensitive":true,"tokenizer":"word_v3"}},
                  "private":{"type":"bool","filterable":false,"full_text_search":false}})");
  EXPECT_TRUE(merged.needs_rebuild);
  FullTextConfig expected;
  expected.case_sensitive = true;
  expected.tokenizer = Tokenizer::kWordV3;
  EXPECT_EQ(attribute(schema, "tags").full_text, expected);
  EXPECT_TRUE(attribute(schema, "tags").filterable);
  EXPECT_FALSE(attribute(schema, "private").filterable);
  EXPECT_FALSE(attribute(schema, "private").full_text);
}

TEST(SchemaMerge, OmittedOptionsStayAndShorthandResetsTheSearches) {
  Schema schema;
  ASSERT_EQ(declare(schema, R"({"t":{"type":"string","regex":true,"glob":true,"filterable":false,
                                "full_text_search":{"k1":2}}})"),
            "ok");
  change(schema, R"({"t":{"type":"string","filterable":true}})");
  EXPECT_TRUE(attribute(schema, "t").regex);
  EXPECT_EQ(attribute(schema, "t").full_text->k1, 2.0F);
  change(schema, R"({"t":{"type":"string","full_text_search":true}})");
  EXPECT_EQ(attribute(schema, "t").full_text->k1, 2.0F);
  change(schema, R"({"t":"string"})");
  EXPECT_FALSE(attribute(schema, "t").regex);
  EXPECT_FALSE(attribute(schema, "t").glob);
  EXPECT_FALSE(attribute(schema, "t").full_text);
  EXPECT_TRUE(attribute(schema, "t").filterable);
}

TEST(SchemaMerge, OnlyNewIndexesAndNewTokensNeedARebuild) {
  Schema schema;
  ASSERT_EQ(declare(schema, R"({"t":{"type":"string","full_text_search":true},"n":"int"})"), "ok");
  EXPECT_FALSE(
      change(schema, R"({"t":{"type":"string","full_text_search":{"k1":2}}})").needs_rebuild);
  EXPECT_FALSE(change(schema, R"({"n":{"type":"int","filterable":false}})").needs_rebuild);
  EXPECT_TRUE(change(schema, R"({"n":{"type":"int","filterable":true}})").needs_rebuild);
  EXPECT_TRUE(change(schema, R"({"t":{"type":"string","fuzzy":true}})").needs_rebuild);
  EXPECT_TRUE(change(schema, R"({"t":{"type":"string","full_text_search":{"ascii_folding":true}}})")
                  .needs_rebuild);
  EXPECT_FALSE(change(schema, R"({"fresh":{"type":"string","regex":true}})").needs_rebuild);
}

TEST(SchemaMerge, TypesDoNotChangeAndTheErrorNamesTheAttribute) {
  Schema schema;
  ASSERT_EQ(declare(schema, R"({"title":"string"})"), "ok");
  const auto failed = merge_schema(schema, read(R"({"title":"int"})").value(), false, std::nullopt);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message,
            "🙅 invalid schema update for attribute 'title': cannot change attribute type from "
            "string to int");
  EXPECT_EQ(failed.error().attribute, "title");
}

TEST(SchemaMerge, AnArrayThatWasAlwaysEmptyTakesAnyArrayType) {
  Schema schema;
  ASSERT_EQ(declare(schema, R"({"a":"[]unknown","b":"[]unknown"})"), "ok");
  EXPECT_EQ(declare(schema, R"({"a":"[]uuid"})", false), "ok");
  EXPECT_EQ(declare(schema, R"({"a":"[]unknown"})", false), "ok");
  EXPECT_EQ(to_string(attribute(schema, "a").type), "[]uuid");
  EXPECT_NE(declare(schema, R"({"b":"string"})", false), "ok");
}

TEST(SchemaMerge, AFailedMergeLeavesTheSchemaAsItWas) {
  Schema schema;
  ASSERT_EQ(declare(schema, R"({"a":"string"})"), "ok");
  const Schema before = schema;
  EXPECT_NE(declare(schema, R"({"b":"int","a":"int"})", false), "ok");
  EXPECT_EQ(schema, before);
}

TEST(SchemaMerge, RefusesIdsOfOtherTypes) {
  EXPECT_EQ(refusal(R"({"id":"int"})"), "💔 int is not a valid ID type");
  Schema schema;
  schema.id_type = IdType::kUint;
  EXPECT_EQ(declare(schema, R"({"id":"uint"})", false), "ok");
  EXPECT_EQ(
      declare(schema, R"({"id":"string"})", false),
      "🙅 invalid schema update for attribute 'id': cannot change attribute type from uint to "
      "string");
}

TEST(SchemaMerge, VectorsSayThatTheyAreIndexed) {
  EXPECT_EQ(refusal(R"({"vector":{"type":"[2]f32"}})"),
            "💔 the `vector` attribute must have `ann` set to `true`, eg: `\"vector\": { \"type\": "
            "\"[1024]f32\", \"ann\": true }`");
  EXPECT_EQ(refusal(R"({"embedding":"[2]f32"})"),
            "💔 vector attribute 'embedding' must have ann:true");
  EXPECT_EQ(refusal(R"({"embedding":{"type":"[2]f32","ann":false}})"),
            "💔 vector attribute 'embedding' must have ann:true");
}

TEST(SchemaMerge, MultiVectorsAreIndexedForLateInteractionOnly) {
  Schema schema;
  EXPECT_EQ(declare(schema, R"({"m":{"type":"[][4]f32","ann":{"late_interaction":true}}})"), "ok");
  EXPECT_TRUE(attribute(schema, "m").ann);
  EXPECT_EQ(schema.distance_metric, kCosine);
  EXPECT_NE(refusal(R"({"m":{"type":"[][4]f32","ann":true}})"), "ok");
  EXPECT_NE(refusal(R"({"m":{"type":"[4]f32","ann":{"late_interaction":true}}})"), "ok");
}

TEST(SchemaMerge, TheMetricStandsAtTheTopLevel) {
  Schema schema;
  EXPECT_EQ(declare(schema, R"({"v":{"type":"[2]f32","ann":true}})", true, std::nullopt),
            "💔 distance_metric must be specified for write to namespace with a vector");
  const std::string named =
      R"({"v":{"type":"[2]f32","ann":{"distance_metric":"euclidean_squared"}}})";
  EXPECT_EQ(
      declare(schema, named, true, std::nullopt),
      "💔 `distance_metric` must be specified as a field at the top level of the write request, "
      "not in the `ann` configuration for an attribute");
  EXPECT_EQ(declare(schema, named, true, kCosine),
            "💔 distance metric mismatch, expected cosine_distance, got euclidean_squared");
  EXPECT_EQ(declare(schema, named, true, kEuclidean), "ok");
  EXPECT_EQ(declare(schema, named, false, std::nullopt), "ok");
}

TEST(SchemaMerge, OnlyTheFirstWriteBringsVectorColumns) {
  Schema plain;
  ASSERT_EQ(declare(plain, R"({"a":"string"})", true, std::nullopt), "ok");
  EXPECT_EQ(declare(plain, R"({"v":{"type":"[2]f32","ann":true}})", false),
            "💔 Vector provided for namespace without vector attribute");
  EXPECT_EQ(declare(plain, R"({"s":"{}f16","m":"[][3]f32"})", false), "ok");

  Schema schema;
  ASSERT_EQ(declare(schema, R"({"v":{"type":"[2]f32","ann":true}})"), "ok");
  EXPECT_EQ(
      declare(schema, R"({"w":{"type":"[2]f32","ann":true}})", false),
      "💔 vector attribute 'w' cannot be added: the vector attributes of a namespace are fixed "
      "by its first write");
  EXPECT_NE(declare(schema, R"({"v":{"type":"[3]f32","ann":true}})", false), "ok");
}

TEST(SchemaMerge, RefusesOptionsThatTheTypeCannotHave) {
  for (const char* text : {
           R"({"a":{"type":"int","full_text_search":true}})",
           R"({"a":{"type":"int","regex":true}})",
           R"({"a":{"type":"int","ann":true}})",
           R"({"a":{"type":"bytes","filterable":true}})",
           R"({"a":{"type":"{}f16","filterable":true}})",
           R"({"a":{"type":"[2]f32","ann":true,"filterable":true}})",
           R"({"a":{"type":"string","sparse_knn":{"distance_metric":"dot_product"}}})",
           R"({"a":"text"})",
           R"({"$a":"string"})",
           R"({"":"string"})",
       }) {
    EXPECT_TRUE(refusal(text).starts_with("💔")) << text << ": " << refusal(text);
  }
}

TEST(SchemaMerge, RefusesFullTextSettingsNoAnalyzerOffers) {
  const auto full_text = [](const std::string& type, const std::string& options) {
    return refusal(R"({"a":{"type":")" + type + R"(","full_text_search":)" + options + "}}");
  };
  for (const char* options : {R"({"case_sensitive":true,"stemming":true})",
                              R"({"case_sensitive":true,"remove_stopwords":true})", R"({"k1":0})",
                              R"({"k1":-1})", R"({"k3":0})", R"({"b":1.5})", R"({"b":-0.1})",
                              R"({"max_token_length":0})", R"({"max_token_length":256})",
                              R"({"tokenizer":"pre_tokenized_array"})", R"({"k1":1e300})"}) {
    EXPECT_TRUE(full_text("string", options).starts_with("💔")) << options;
  }
  for (const char* options : {R"({"tokenizer":"pre_tokenized_array","language":"english"})",
                              R"({"tokenizer":"pre_tokenized_array","stemming":true})",
                              R"({"tokenizer":"pre_tokenized_array","case_sensitive":false})"}) {
    EXPECT_TRUE(full_text("[]string", options).starts_with("💔")) << options;
  }
  EXPECT_EQ(full_text("[]string", R"({"tokenizer":"pre_tokenized_array","stemming":false,
                                      "language":null,"case_sensitive":true,"k1":2})"),
            "ok");
  EXPECT_EQ(full_text("string", R"({"max_token_length":255,"b":0})"), "ok");
  for (const char* language : {"arabic", "greek", "romanian", "tamil", "turkish"}) {
    EXPECT_EQ(full_text("string",
                        std::string(R"({"remove_stopwords":true,"language":")") + language + "\"}"),
              std::string("💔 stopword removal is not supported for language: ") + language);
  }
}

TEST(SchemaMerge, ATokenizerOfAnotherFamilyKeepsTheRankingConstantsOnly) {
  Schema schema;
  ASSERT_EQ(declare(schema, R"({"a":{"type":"[]string",
                                "full_text_search":{"stemming":true,"k1":2}}})"),
            "ok");
  change(schema,
         R"({"a":{"type":"[]string","full_text_search":{"tokenizer":"pre_tokenized_array"}}})");
  EXPECT_TRUE(attribute(schema, "a").full_text->case_sensitive);
  EXPECT_FALSE(attribute(schema, "a").full_text->stemming);
  EXPECT_EQ(attribute(schema, "a").full_text->k1, 2.0F);
  change(schema, R"({"a":{"type":"[]string","full_text_search":{"tokenizer":"word_v4"}}})");
  EXPECT_FALSE(attribute(schema, "a").full_text->case_sensitive);
}

TEST(SchemaMerge, EmbeddingIsRefusedAndNullIsNot) {
  const std::string refused = refusal(R"({"t":{"type":"string","embed":"provider/model"}})");
  EXPECT_NE(refused.find("embedding is not available in this store"), std::string::npos) << refused;
  EXPECT_NE(refusal(R"({"t":{"type":"string","embed":{"model":"p/m","dims":256}}})"), "ok");
  EXPECT_EQ(refusal(R"({"t":{"type":"string","embed":null}})"), "ok");
}

TEST(SchemaMerge, AttributesAndVectorColumnsAreBounded) {
  Schema schema;
  for (std::size_t i = 0; i < core::limits::attribute_count_max; ++i) {
    ASSERT_TRUE(add_inferred(schema, {.name = "a" + std::to_string(i), .type = {}}, true, kCosine));
  }
  EXPECT_FALSE(add_inferred(schema, {.name = "one more", .type = {}}, true, kCosine));

  Schema vectors;
  const AttributeType dense{.kind = Kind::kDense, .dims = 2};
  for (std::size_t i = 0; i < core::limits::vector_column_count_max; ++i) {
    ASSERT_TRUE(
        add_inferred(vectors, {.name = "v" + std::to_string(i), .type = dense}, true, kCosine));
  }
  EXPECT_FALSE(add_inferred(vectors, {.name = "w", .type = dense}, true, kCosine));
}

TEST(SchemaMerge, ADroppedAttributeFreesItsNameButNotItsId) {
  Schema schema;
  ASSERT_EQ(declare(schema, R"({"a":{"type":"string","full_text_search":true},"b":"int"})"), "ok");
  EXPECT_TRUE(change(schema, R"({"a":{"drop":true}})").changed);
  EXPECT_FALSE(schema.find("a"));
  EXPECT_FALSE(schema.find(""));
  EXPECT_TRUE(schema.at(0).dropped());
  EXPECT_FALSE(schema.at(0).full_text || schema.at(0).filterable);
  EXPECT_EQ(schema.find("b"), 1U);
  ASSERT_EQ(declare(schema, R"({"a":"[]int"})"), "ok");
  EXPECT_EQ(schema.find("a"), 2U);
}

TEST(SchemaMerge, WhatCannotBeDropped) {
  Schema schema;
  ASSERT_EQ(declare(schema, R"({"id":"uint","v":{"type":"[2]f32","ann":true}})"), "ok");
  EXPECT_NE(declare(schema, R"({"id":{"drop":true}})").find("cannot be dropped"),
            std::string::npos);
  EXPECT_NE(declare(schema, R"({"v":{"drop":true}})").find("cannot be dropped"), std::string::npos);
  EXPECT_EQ(declare(schema, R"({"nobody":{"drop":true}})"),
            "💔 attribute 'nobody' not found in schema, cannot be dropped");
  for (const char* text :
       {R"({"a":{"drop":false}})", R"({"a":{"drop":1}})", R"({"a":{"drop":true,"type":"int"}})"}) {
    const auto refused = read(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidShape) << text;
  }
}

TEST(SchemaMerge, DroppedAttributesMakeRoomForOthersButNotForEver) {
  Schema schema;
  for (std::size_t i = 0; i < 16 * core::limits::attribute_count_max; ++i) {
    const auto added = add_inferred(schema, {.name = "a", .type = {}}, false, std::nullopt);
    ASSERT_TRUE(added) << i;
    schema.drop(*added);
  }
  EXPECT_FALSE(add_inferred(schema, {.name = "a", .type = {}}, false, std::nullopt));
}

TEST(CheckMetric, MustEqualTheNamespaces) {
  Schema schema;
  EXPECT_TRUE(check_metric(schema, std::nullopt));
  EXPECT_EQ(check_metric(schema, kCosine).error().message,
            "the `distance_metric` field cannot be provided, namespace configured without vector "
            "indexing");
  schema.distance_metric = kCosine;
  EXPECT_TRUE(check_metric(schema, kCosine));
  EXPECT_TRUE(check_metric(schema, std::nullopt));
  EXPECT_EQ(check_metric(schema, kEuclidean).error().message,
            "💔 distance metric mismatch, expected cosine_distance, got euclidean_squared");
}

}  // namespace
}  // namespace layer::wire
