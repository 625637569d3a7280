#include <gtest/gtest.h>

#include "wire/print.h"

namespace layer::wire {
namespace {

Attribute attribute(std::string name, std::string_view type) {
  Attribute made;
  made.name = std::move(name);
  made.type = *parse_type(type);
  made.full_text = std::nullopt;
  return made;
}

Schema with(Attribute attribute) {
  Schema schema;
  schema.distance_metric = DistanceMetric::kCosine;
  schema.add(std::move(attribute));
  return schema;
}

TEST(PrintSchema, TheIdComesFirstWithItsNulls) {
  Schema schema = with(attribute("s", "string"));
  schema.id_type = IdType::kUint;
  EXPECT_EQ(print_schema(schema),
            R"({"id":{"type":"uint","filterable":null,"full_text_search":null},)"
            R"("s":{"type":"string","filterable":true,"full_text_search":null}})");
  EXPECT_EQ(print_schema_for_metadata(schema),
            R"({"id":{"type":"uint"},"s":{"type":"string","filterable":true}})");
  EXPECT_EQ(print_schema(Schema{}), "{}");
}

TEST(PrintSchema, DroppedAttributesAreLeftOut) {
  Schema schema = with(attribute("s", "string"));
  schema.drop(0);
  EXPECT_EQ(print_schema(schema), "{}");
  EXPECT_EQ(print_schema_for_metadata(schema), "{}");
}

TEST(PrintSchema, TheVectorHasNoAnswerToFilterable) {
  Attribute vector = attribute("vector", "[2]f32");
  vector.ann = true;
  vector.filterable = false;
  EXPECT_EQ(print_schema(with(vector)),
            R"({"vector":{"type":"[2]f32","ann":true,"filterable":null,"full_text_search":null}})");
  EXPECT_EQ(print_schema_for_metadata(with(vector)),
            R"({"vector":{"type":"[2]f32","ann":{"distance_metric":"cosine_distance"}}})");
}

TEST(PrintSchema, OtherVectorsAreNotFilterable) {
  Attribute vector = attribute("v", "[2]f16");
  vector.ann = true;
  vector.filterable = false;
  EXPECT_EQ(print_schema(with(vector)),
            R"({"v":{"type":"[2]f16","ann":true,"filterable":false,"full_text_search":null}})");
  EXPECT_EQ(print_schema_for_metadata(with(vector)),
            R"({"v":{"type":"[2]f16","ann":{"distance_metric":"cosine_distance"},)"
            R"("filterable":false}})");
}

TEST(PrintSchema, FullTextSearchShowsItsTenKeys) {
  Attribute text = attribute("t", "string");
  text.filterable = false;
  text.full_text = FullTextConfig{};
  EXPECT_EQ(print_schema(with(text)),
            R"({"t":{"type":"string","filterable":false,"full_text_search":{"k1":1.2,"b":0.75,)"
            R"("k3":8.0,"language":"english","stemming":false,"max_token_length":39,)"
            R"("remove_stopwords":false,"ascii_folding":false,"case_sensitive":false,)"
            R"("tokenizer":"word_v4"}}})");
}

TEST(PrintSchema, TokensMadeElsewhereHaveNoLanguage) {
  Attribute text = attribute("t", "[]string");
  text.full_text = FullTextConfig{.tokenizer = Tokenizer::kPreTokenizedArray};
  const std::string printed = print_schema(with(text));
  EXPECT_NE(printed.find(R"("language":null)"), std::string::npos) << printed;
  EXPECT_NE(printed.find(R"("max_token_length":null)"), std::string::npos) << printed;
  EXPECT_NE(printed.find(R"("case_sensitive":true)"), std::string::npos) << printed;
}

TEST(PrintSchema, SwitchesShowOnlyWhenTheyAreOn) {
  Attribute text = attribute("t", "string");
  text.filterable = false;
  text.regex = text.glob = text.fuzzy = true;
  EXPECT_EQ(print_schema(with(text)),
            R"({"t":{"type":"string","filterable":false,"full_text_search":null,)"
            R"("regex":true,"glob":true,"fuzzy":true}})");
}

TEST(PrintSchema, OnlyMetadataShowsSparseIndexesAndEmbeddings) {
  Attribute sparse = attribute("s", "{}f16");
  sparse.filterable = false;
  sparse.sparse_knn = true;
  EXPECT_EQ(print_schema(with(sparse)),
            R"({"s":{"type":"{}f16","filterable":false,"full_text_search":null}})");
  EXPECT_EQ(print_schema_for_metadata(with(sparse)),
            R"({"s":{"type":"{}f16","filterable":false,)"
            R"("sparse_knn":{"distance_metric":"dot_product"}}})");
  Attribute source = attribute("t", "string");
  source.embed = EmbedConfig{.model = "p/m", .dims = 8, .attribute = std::nullopt};
  EXPECT_EQ(print_schema_for_metadata(with(source)),
            R"({"t":{"type":"string","filterable":true,"embed":{"model":"p/m","dims":8}}})");
}

}  // namespace
}  // namespace layer::wire
