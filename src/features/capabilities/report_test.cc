#include "features/capabilities/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/document.h"
#include "testing/fake_store.h"

namespace layer::features::capabilities {
namespace {

using store::Support;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Capabilities : public ::testing::Test {
 protected:
  Capabilities() {
    for (const store::FeatureInfo& feature : store::feature_table()) {
      store.declare(feature.id, Support::kSupported);
    }
  }
  static std::string_view support(const json::Document& report, std::string_view id) {
    for (const auto feature : report.root()["features"].get_array()) {
      if (feature["id"] == id) {
        return feature["support"];
      }
    }
    return "no such feature";
  }
  json::Document of_namespace(const NamespaceTraits& traits) {
    return json::Document::parse(namespace_report(store, deployment, traits)).value();
  }
  static NamespaceTraits traits(std::string_view schema) {
    return {.metadata =
                namespaces::parse_metadata(R"({"schema":)" + std::string(schema) + "}").value()};
  }

  layer::testing::FakeStore store{"main"};
  Deployment deployment{};
};

TEST_F(Capabilities, ReportsEveryFeatureInTheOrderOfTheTable) {
  store.declare("fuzzy", Support::kApproximate, "prefix only");
  const auto report = json::Document::parse(store_report(store, deployment)).value();
  EXPECT_EQ(std::string_view(report.root()["store"]["name"]), "main");
  EXPECT_EQ(std::string_view(report.root()["store"]["kind"]), "turbopuffer");
  EXPECT_TRUE(bool(report.root()["declared"]));
  const auto features = report.root()["features"].get_array().value();
  ASSERT_EQ(features.size(), store::feature_table().size());
  EXPECT_EQ(std::string_view(features.at(0)["id"]), "namespace_crud");
  EXPECT_EQ(support(report, "fuzzy"), "approximate");
  EXPECT_THAT(report.text(), HasSubstr(R"("support":"approximate","note":"prefix only")"));
  EXPECT_THAT(report.text(), HasSubstr(R"("hybrid_routes":["multi_query"])"));
  EXPECT_THAT(report.text(),
              HasSubstr(R"("schema_limits":{"embed":true,"max_gateway_embed_attributes":0,)"
                        R"("max_full_text_search_fields":1024,"max_vector_fields":2})"));
}

TEST_F(Capabilities, TakesTheWorseOfStoreAndDeployment) {
  deployment.features.declare("history", Support::kUnsupported, "not served");
  deployment.features.declare("embed", Support::kSupported);
  store.declare("embed", Support::kUnsupported, "no models");
  EXPECT_EQ(support_of("history", store, deployment).note, "not served");
  EXPECT_EQ(support_of("embed", store, deployment).note, "no models");
  EXPECT_EQ(support_of("dense", store, deployment).support, Support::kSupported);
}

TEST_F(Capabilities, SaysWhatThisVersionDoesNotServe) {
  const auto [level, note] = support_of("import_arrow", store, this_deployment());
  EXPECT_EQ(level, Support::kUnsupported);
  EXPECT_THAT(note, HasSubstr("this version"));
  EXPECT_EQ(support_of("upsert_rows", store, this_deployment()).support, Support::kSupported);
  for (const char* id : {"auto", "include_leg_breakdown", "nearest_to_id", "search_after"}) {
    EXPECT_THAT(support_of(id, store, this_deployment()).note, Not(HasSubstr("this version")))
        << id;
  }
  EXPECT_TRUE(this_deployment().hybrid_text);
}

TEST_F(Capabilities, ReflectsTheSchemaOfANamespace) {
  const auto text = of_namespace(
      traits(R"({"id":{"type":"uint"},"t":{"type":"string","full_text_search":true}})"));
  EXPECT_EQ(support(text, "dense"), "unsupported");
  EXPECT_EQ(support(text, "fts"), "supported");
  EXPECT_EQ(support(text, "sparse"), "unsupported");

  const auto vectors = of_namespace(
      traits(R"({"a":{"type":"[2]f32"},"b":{"type":"[2]f16"},"tags":{"type":"[]string"}})"));
  EXPECT_EQ(support(vectors, "dense"), "supported");
  EXPECT_EQ(support(vectors, "multiple_fields"), "supported");
  EXPECT_EQ(support(vectors, "array_filters"), "supported");
  EXPECT_EQ(support(vectors, "fts"), "unsupported");
  EXPECT_THAT(vectors.text(), HasSubstr(R"("hybrid_routes":[])"));
}

TEST_F(Capabilities, ExcludesNothingForANamespaceThatIsNotThereYet) {
  EXPECT_EQ(support(of_namespace({.exists = false}), "dense"), "supported");
}

TEST_F(Capabilities, LosesWhatLivesByStampsWhenStampingIsOff) {
  const auto report = of_namespace({.exists = false, .stamp = false});
  for (const char* id : {"temporal", "stable", "snapshots", "udf", "read_after"}) {
    EXPECT_EQ(support(report, id), "unsupported") << id;
  }
  EXPECT_EQ(support(report, "upsert_rows"), "supported");
}

TEST_F(Capabilities, TellsAStoreThatDeclaresNothing) {
  const layer::testing::FakeStore silent;
  const auto report = json::Document::parse(store_report(silent, deployment)).value();
  EXPECT_FALSE(bool(report.root()["declared"]));
  EXPECT_EQ(support(report, "dense"), "undeclared");
}

TEST_F(Capabilities, RefusesByNameWhatAStoreCannotServe) {
  store.declare("branch_from_namespace", Support::kUnsupported, "no branches");
  const auto refused = refuse_unsupported("branch_from_namespace", store, deployment);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnsupportedByStore);
  EXPECT_EQ(refused.error().message,
            "store 'main' cannot serve 'branch_from_namespace': no branches");
  EXPECT_THAT(refused.error().fields,
              ElementsAre(core::ErrorField{"feature", "branch_from_namespace"},
                          core::ErrorField{"store", "main"}));
  EXPECT_TRUE(refuse_unsupported("copy_from_namespace", store, deployment));
}

}  // namespace
}  // namespace layer::features::capabilities
