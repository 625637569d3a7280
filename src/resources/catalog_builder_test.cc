#include "resources/catalog_builder.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

namespace layer::resources {
namespace {

FileObjects file(std::string name, const std::string& text) {
  ParsedText parsed = parse_objects(text, TextFormat::kYaml, name);
  return {.name = std::move(name),
          .objects = std::move(parsed.objects),
          .mistakes = std::move(parsed.mistakes)};
}

std::string index(std::string_view name, std::string_view spec = "{}",
                  std::string_view labels = "{}") {
  return fmt::format(
      "apiVersion: hevlayer.com/v1\nkind: Index\nmetadata: {{name: {}, labels: {}}}\nspec: {}\n",
      name, labels, spec);
}

using Files = std::vector<FileObjects>;

TEST(CatalogBuilder, AGenerationCountsChangesOfTheSpecOnly) {
  CatalogBuilder builder;
  const auto generation = [&](const std::string& text) {
    return builder.build(Files{file("a", text)})->find<IndexSpec>("films")->metadata.generation;
  };
  EXPECT_EQ(generation(index("films", "{scan: {threads: 4}}")), 1U);
  EXPECT_EQ(generation(index("films", "{scan: {threads: 4}}", "{a: b}")), 1U);
  EXPECT_EQ(generation(index("films", "{stamp: true, scan: {threads: 4}}")), 1U)
      << "a default that is written out changes nothing";
  EXPECT_EQ(generation(index("films", "{scan: {threads: 5}}")), 2U);
}

TEST(CatalogBuilder, ARefusedTextLeavesTheAcceptedSpecInForce) {
  CatalogBuilder builder;
  (void)builder.build(Files{file("a", index("films", "{backend: {storeRef: b}}"))});
  const auto catalog = builder.build(Files{file("a", index("films", "{backend: {storeRaf: b}}"))});
  const auto* object = catalog->find<IndexSpec>("films");
  ASSERT_NE(object, nullptr);
  EXPECT_EQ(object->spec->store, "b");
  EXPECT_FALSE(object->verdict.accepted);
  EXPECT_EQ(object->verdict.reason, "SchemaInvalid");
  EXPECT_EQ(object->verdict.message, "spec.backend.storeRaf: is not a known field");
  EXPECT_EQ(object->metadata.generation, 2U);
  EXPECT_EQ(object->observed_generation, 1U);
  EXPECT_EQ(catalog->index_for("films"), object);
}

TEST(CatalogBuilder, AnIndexNeverAcceptedLeavesItsNamespaceUndecided) {
  const auto catalog = CatalogBuilder().build(Files{file("a", index("films", "{stamp: 1}"))});
  EXPECT_EQ(catalog->index_for("films"), nullptr);
  EXPECT_TRUE(catalog->is_undecided("films"));
  EXPECT_FALSE(catalog->is_undecided("other"));
  EXPECT_EQ(catalog->list(Kind::kIndex).size(), 1U);
}

TEST(CatalogBuilder, AFileThatDoesNotParseKeepsItsObjectsAndSaysSo) {
  CatalogBuilder builder;
  FileObjects broken = file("a", index("films"));
  (void)builder.build(Files{broken});
  broken.parse_error = "a:1: not YAML";
  const auto catalog = builder.build(Files{broken});
  const auto* object = catalog->find<IndexSpec>("films");
  ASSERT_NE(object, nullptr);
  EXPECT_EQ(object->verdict, (Verdict{false, "ParseError", "a:1: not YAML"}));
  EXPECT_EQ(object->metadata.generation, 1U);
}

TEST(CatalogBuilder, TheObjectSeenFirstKeepsItsName) {
  CatalogBuilder builder;
  const FileObjects late = file("b", index("films", "{stamp: false}"));
  (void)builder.build(Files{late});
  const auto catalog = builder.build(Files{file("a", index("films")), late});
  EXPECT_FALSE(catalog->find<IndexSpec>("films")->spec->stamp);
  ASSERT_EQ(catalog->all<IndexSpec>().size(), 2U);
  const auto& second = catalog->all<IndexSpec>()[1];
  EXPECT_FALSE(second.in_force);
  EXPECT_EQ(second.verdict.reason, "DuplicateName");
  EXPECT_EQ(second.origin.file, "a");

  const auto alone = builder.build(Files{file("a", index("films"))});
  EXPECT_TRUE(alone->find<IndexSpec>("films")->verdict.accepted);
  EXPECT_EQ(alone->find<IndexSpec>("films")->metadata.generation, 2U);
}

TEST(CatalogBuilder, ADeletedObjectIsForgotten) {
  CatalogBuilder builder;
  (void)builder.build(Files{file("a", index("films", "{stamp: false}"))});
  EXPECT_EQ(builder.build({})->find<IndexSpec>("films"), nullptr);
  const auto again = builder.build(Files{file("a", index("films"))});
  EXPECT_EQ(again->find<IndexSpec>("films")->metadata.generation, 1U);
}

TEST(CatalogBuilder, TheLaterIndexOverOneNamespaceIsIgnored) {
  CatalogBuilder builder;
  const FileObjects first = file("z", index("movies", "{backend: {namespace: films}}"));
  (void)builder.build(Files{first});
  const auto catalog = builder.build(Files{file("a", index("films")), first});
  EXPECT_EQ(catalog->find<IndexSpec>("films"), nullptr);
  EXPECT_EQ(catalog->all<IndexSpec>()[0].verdict.reason, "DuplicateBackend");
  // The one in force answers for the physical name.
  ASSERT_NE(catalog->index_for("films"), nullptr);
  EXPECT_EQ(catalog->index_for("films")->metadata.name, "movies");
}

TEST(IndexTable, ADiscoveredIndexAnswersToItsExactNameOnly) {
  const auto catalog =
      CatalogBuilder().build(Files{file("a", index("films", "{backend: {namespace: Films}}",
                                                   R"({layer.hev.dev/discovered: "true"})"))});
  ASSERT_NE(catalog->index_for("Films"), nullptr);
  EXPECT_EQ(catalog->index_for("films"), nullptr);
}

TEST(IndexTable, ALogicalNameComesBeforeAPhysicalOne) {
  const auto catalog =
      CatalogBuilder("main").build(Files{file("a", index("films", "{backend: {namespace: a}}")),
                                         file("b", index("a", "{backend: {namespace: b}}")),
                                         file("c", index("c",
                                                         "{backend: {storeRef: other, "
                                                         "namespace: d}}")),
                                         file("d", index("e",
                                                         "{backend: {storeRef: main, "
                                                         "namespace: f}}"))});
  const auto name = [&](std::string_view asked) {
    const auto* found = catalog->index_for(asked);
    return found == nullptr ? std::string("-") : found->metadata.name;
  };
  EXPECT_EQ(name("films"), "films");
  EXPECT_EQ(name("a"), "a");
  EXPECT_EQ(name("b"), "a");
  EXPECT_EQ(name("c"), "c");
  EXPECT_EQ(name("d"), "-") << "a physical name of another store is no name in the default one";
  EXPECT_EQ(name("f"), "e");
}

}  // namespace
}  // namespace layer::resources
