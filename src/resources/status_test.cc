#include "resources/status.h"

#include <gtest/gtest.h>

#include "resources/catalog_builder.h"
#include "resources/print.h"
#include "resources/status_writer.h"

namespace layer::resources {
namespace {

constexpr auto kTrue = ConditionStatus::kTrue;
constexpr auto kFalse = ConditionStatus::kFalse;

struct StatusTest : ::testing::Test {
  std::int64_t now = 1000;
  StatusTable table{[this] { return now; }};

  Condition get(std::string_view type) const {
    const Status status = table.get("Index/films");
    const Condition* found = find_condition(status.conditions, type);
    return found == nullptr ? Condition{} : *found;
  }
};

TEST_F(StatusTest, TheTimeMovesOnlyWithTheStatus) {
  table.set_observed("Index/films", 1);
  table.set("Index/films", {"Accepted", kTrue, "SchemaValid", ""});
  now = 2000;
  table.set("Index/films", {"Accepted", kTrue, "SchemaValid", "again"});
  EXPECT_EQ(get("Accepted").last_transition_ms, 1000);
  EXPECT_EQ(get("Accepted").message, "again");
  now = 3000;
  table.set("Index/films", {"Accepted", kFalse, "SchemaInvalid", "x"});
  EXPECT_EQ(get("Accepted").last_transition_ms, 3000);
  EXPECT_EQ(get("Ready").last_transition_ms, 3000);
}

TEST_F(StatusTest, ReadyFollowsFromTheOthers) {
  table.set_observed("Index/films", 1);
  table.set("Index/films", {"Accepted", kTrue, "SchemaValid", ""});
  EXPECT_EQ(get("Ready").status, kTrue);
  table.set("Index/films", {"Synced", ConditionStatus::kUnknown, "Starting", ""});
  EXPECT_EQ(get("Ready").status, ConditionStatus::kUnknown);
  table.set("Index/films", {"Paused", kFalse, "Running", ""});
  table.set("Index/films", {"SnapshotCurrent", kFalse, "Late", "2 h behind"});
  EXPECT_EQ(get("Ready").status, kFalse);
  EXPECT_EQ(get("Ready").reason, "Late");
  EXPECT_EQ(get("Ready").message, "2 h behind");
  EXPECT_EQ(table.get("Index/films").conditions.back().type, "Ready");
}

TEST_F(StatusTest, WhoIsGoneHasNoStatus) {
  table.set("Index/films", {"Synced", kTrue, "Synced", ""});
  EXPECT_TRUE(table.get("Index/films").conditions.empty());
  table.set_observed("Index/films", 1);
  table.set("Index/films", {"Synced", kTrue, "Synced", ""});
  table.retain({});
  EXPECT_TRUE(table.get("Index/films").conditions.empty());
}

TEST_F(StatusTest, AResourcePrintsWithItsStatus) {
  ParsedText parsed = parse_objects(
      "apiVersion: hevlayer.com/v1alpha1\nkind: VectorStore\n"
      "metadata: {name: main, labels: {a: b}}\n"
      "spec: {kind: Embedded, endpoint: {url: 'memory:'}, rateCard: x}\n",
      TextFormat::kYaml, "f");
  const std::vector<FileObjects> files{{.name = "f", .objects = std::move(parsed.objects)}};
  const auto catalog = CatalogBuilder().build(files);
  now = 1'795'372'800'000;
  write_accepted(*catalog, table);
  table.set_field("VectorStore/main", "reachable", "true");
  EXPECT_EQ(print_resource(*catalog->find<VectorStoreSpec>("main"), table.get("VectorStore/main")),
            R"({"apiVersion":"hevlayer.com/v1alpha1","kind":"VectorStore",)"
            R"("metadata":{"name":"main","labels":{"a":"b"},"generation":1},)"
            R"("spec":{"kind":"embedded","endpoint":{"url":"memory:"},"default":false,)"
            R"("inboundAuth":{"mode":"deriveFromStore","keys":[]},"rateCard":"x"},)"
            R"("status":{"observedGeneration":1,"conditions":[)"
            R"({"type":"Accepted","status":"True","reason":"SchemaValid","message":"",)"
            R"("lastTransitionTime":"2026-11-22T18:40:00Z"},)"
            R"({"type":"Ready","status":"True","reason":"Ready","message":"",)"
            R"("lastTransitionTime":"2026-11-22T18:40:00Z"}],"reachable":true}})");
}

TEST_F(StatusTest, ASpecThatWasNeverAcceptedIsNotPrinted) {
  ParsedText parsed = parse_objects(
      "apiVersion: hevlayer.com/v1alpha1\nkind: VectorStore\nmetadata: {name: main}\n"
      "spec: {kind: embedded, endpoint: {url: 'https://me:hunter2@h'}, credential: hunter2,\n"
      "  password: hunter2}\n",
      TextFormat::kYaml, "f");
  const std::vector<FileObjects> files{{.name = "f", .objects = std::move(parsed.objects)}};
  const auto catalog = CatalogBuilder().build(files);
  write_accepted(*catalog, table);
  const std::string text =
      print_resource(*catalog->list(Kind::kVectorStore).front(), table.get("VectorStore/main"));
  EXPECT_NE(text.find("SchemaInvalid"), std::string::npos);
  EXPECT_EQ(text.find("hunter2"), std::string::npos) << text;
}

}  // namespace
}  // namespace layer::resources
