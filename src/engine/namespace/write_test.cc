#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/limits.h"
#include "engine/namespace/test_kit.h"
#include "engine/storage/memory_file_system.h"

namespace layer::engine::ns {
namespace {

using testing::Content;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using testing::TestCatalog;
using ::testing::UnorderedElementsAre;

std::vector<std::string> texts(const std::vector<wire::Id>& ids) {
  std::vector<std::string> all;
  for (const wire::Id& id : ids) {
    all.push_back(wire::to_string(id));
  }
  return all;
}

class WriteTest : public ::testing::Test {
 protected:
  storage::MemoryFileSystem files_;
  TestCatalog catalog_{files_};
};

TEST_F(WriteTest, AnUpsertReplacesTheWholeDocument) {
  const auto first =
      catalog_.write("a", R"({"upsert_rows":[{"id":1,"n":1,"s":"x"},{"id":2,"n":2}]})");
  EXPECT_EQ(first.rows_upserted, 2U);
  EXPECT_EQ(first.message, "documents committed successfully");
  EXPECT_FALSE(first.rows_patched || first.rows_deleted || first.rows_remaining);
  EXPECT_FALSE(first.query_billing);
  EXPECT_EQ(first.billable_logical_bytes_written, 2 * (8U + 8U) + 1U);
  catalog_.write("a", R"({"upsert_rows":[{"id":1,"n":7}]})");
  EXPECT_EQ(catalog_.content("a"), (Content{{"1", "n=7"}, {"2", "n=2"}}));
}

TEST_F(WriteTest, AnEmptyNamespaceIsCreatedOnRequestAlone) {
  EXPECT_THAT(catalog_.refusal("a", R"({"create_namespace":true})"), HasSubstr("type of its ids"));
  EXPECT_FALSE(catalog_.exists("a"));
  EXPECT_THAT(catalog_.refusal("a", R"({"create_namespace":false,"upsert_rows":[{"id":1}]})"),
              HasSubstr("was not found"));
  EXPECT_FALSE(catalog_.exists("a"));
  catalog_.write("a", R"({"create_namespace":true,"schema":{"id":"uuid","s":"string"}})");
  catalog_.write("a", R"({"create_namespace":true})");
  catalog_.reopen();
  EXPECT_EQ(catalog_.content("a"), Content{});
  const auto schema = catalog_->metadata("a")->schema;
  EXPECT_EQ(schema->id_type, wire::IdType::kUuid);
  EXPECT_TRUE(schema->find("s"));
}

TEST_F(WriteTest, ADroppedAttributeIsGoneFromOldRowsAndStaysGone) {
  catalog_.write("a", R"({"upsert_rows":[{"id":1,"n":1,"s":"x"},{"id":2,"n":2,"s":"y"}]})");
  ASSERT_TRUE(catalog_->settle("a").has_value());
  catalog_.write("a", R"({"upsert_rows":[{"id":3,"n":3,"s":"z"}]})");
  ASSERT_TRUE(catalog_.update_schema("a", R"({"s":{"drop":true}})").has_value());
  EXPECT_THAT(catalog_.refusal("a", R"({"delete_by_filter":["s","Eq","x"]})"), HasSubstr("s"));
  const Content gone{{"1", "n=1"}, {"2", "n=2"}, {"3", "n=3"}};
  EXPECT_EQ(catalog_.content("a"), gone);
  // Another type under the same name sees none of the old values, whatever is merged or reopened.
  catalog_.write("a", R"({"schema":{"s":"int"},"patch_rows":[{"id":2,"s":7}]})");
  const Content again{{"1", "n=1"}, {"2", "n=2 s=7"}, {"3", "n=3"}};
  EXPECT_EQ(catalog_.content("a"), again);
  ASSERT_TRUE(catalog_->settle("a").has_value());
  EXPECT_EQ(catalog_.content("a"), again);
  catalog_.reopen();
  EXPECT_EQ(catalog_.content("a"), again);
  EXPECT_EQ(catalog_.write("a", R"({"delete_by_filter":["s","Eq",7]})").rows_deleted, 1U);
}

TEST_F(WriteTest, APatchChangesWhatItNamesAndIgnoresMissingDocuments) {
  catalog_.write("a", R"({"upsert_rows":[{"id":1,"n":1,"s":"x","t":[1,2]}]})");
  const auto done = catalog_.write(
      "a",
      R"({"patch_rows":[{"id":1,"n":2,"s":null,"new":true},{"id":9,"n":1}],"return_affected_ids":true})");
  EXPECT_EQ(done.rows_patched, 1U);
  EXPECT_EQ(texts(done.patched_ids), std::vector<std::string>{"1"});
  EXPECT_EQ(catalog_.content("a"), (Content{{"1", "n=2 new=true t=[1,2]"}}));
}

TEST_F(WriteTest, DeletesOfAbsentIdsCountButConditionalOnesDoNot) {
  catalog_.write("a", R"({"upsert_rows":[{"id":1,"n":1},{"id":2,"n":2}]})");
  EXPECT_EQ(catalog_.write("a", R"({"deletes":[1,50]})").rows_deleted, 2U);
  EXPECT_EQ(
      catalog_.write("a", R"({"deletes":[2,50],"delete_condition":["n","Gt",0]})").rows_deleted,
      1U);
  EXPECT_EQ(catalog_.content("a"), Content{});
  EXPECT_TRUE(catalog_.exists("a")) << "an empty namespace still exists";
}

TEST_F(WriteTest, FilterWritesRunBeforeTheRestAndInOrder) {
  catalog_.write("a", R"({"upsert_rows":[{"id":1,"n":1},{"id":2,"n":2},{"id":3,"n":3}]})");
  const auto done = catalog_.write("a", R"({
    "delete_by_filter":["n","Lte",2],
    "patch_by_filter":{"filters":["n","Gte",2],"patch":{"n":30,"m":1}},
    "upsert_rows":[{"id":1,"n":100}],
    "patch_rows":[{"id":3,"k":5}],
    "return_affected_ids":true})");
  EXPECT_EQ(done.rows_deleted, 2U);
  EXPECT_EQ(done.rows_patched, 2U) << "document 3 by filter and by id; 2 was deleted before";
  EXPECT_EQ(done.rows_upserted, 1U);
  EXPECT_EQ(done.rows_remaining, false);
  ASSERT_TRUE(done.query_billing);
  EXPECT_EQ(done.query_billing->billable_logical_bytes_queried, 256'000'000U);
  EXPECT_EQ(catalog_.content("a"), (Content{{"1", "n=100"}, {"3", "k=5 m=1 n=30"}}));
}

TEST_F(WriteTest, AConditionComparesTheStoredDocumentWithTheOneBeingWritten) {
  catalog_.write("a", R"({"upsert_rows":[{"id":101,"title":"a","version":2},
                                          {"id":102,"title":"b","version":5}]})");
  const auto done = catalog_.write("a", R"({"upsert_rows":[
      {"id":101,"title":"b","version":3},{"id":102,"title":"a","version":4},
      {"id":103,"title":"n","version":1}],
    "upsert_condition":["version","Lt",{"$ref_new":"version"}],"return_affected_ids":true})");
  EXPECT_EQ(done.rows_upserted, 2U);
  EXPECT_EQ(texts(done.upserted_ids), (std::vector<std::string>{"101", "103"}));
  EXPECT_TRUE(done.query_billing);
  EXPECT_EQ(catalog_.content("a"), (Content{{"101", "title=b version=3"},
                                            {"102", "title=b version=5"},
                                            {"103", "title=n version=1"}}));
}

TEST_F(WriteTest, InsertOnlyIfAbsentIsAConditionOnTheId) {
  catalog_.write("a", R"({"upsert_rows":[{"id":1,"n":1}]})");
  const auto done = catalog_.write(
      "a",
      R"({"upsert_rows":[{"id":1,"n":9},{"id":2,"n":9}],"upsert_condition":["id","Eq",null]})");
  EXPECT_EQ(done.rows_upserted, 1U);
  EXPECT_EQ(catalog_.content("a"), (Content{{"1", "n=1"}, {"2", "n=9"}}));
}

TEST_F(WriteTest, APatchConditionSeesNullForWhatThePatchDoesNotName) {
  catalog_.write("a", R"({"upsert_rows":[{"id":1,"n":1,"m":1},{"id":2,"n":5,"m":1}]})");
  const auto done = catalog_.write("a", R"({"patch_rows":[{"id":1,"n":3},{"id":2,"m":2}],
               "patch_condition":["n","Lt",{"$ref_new":"n"}]})");
  EXPECT_EQ(done.rows_patched, 1U);
  EXPECT_EQ(catalog_.content("a"), (Content{{"1", "m=1 n=3"}, {"2", "m=1 n=5"}}));
}

TEST_F(WriteTest, FilterWritesWithGlobAndNull) {
  catalog_.write("a", R"({"schema":{"title":{"type":"string","glob":true,"filterable":true}},
    "upsert_rows":[{"id":1,"title":"A Guide","views":10,"status":"published"},
                   {"id":2,"title":"guided","views":5000,"status":"published"},
                   {"id":3,"title":"other","views":1,"status":"draft"}]})");
  EXPECT_EQ(catalog_
                .write("a", R"({"delete_by_filter":["And",[["title","IGlob","*guide*"],
                                ["views","Lte",1000]]],"delete_by_filter_allow_partial":true})")
                .rows_deleted,
            1U);
  EXPECT_EQ(catalog_
                .write("a", R"({"patch_by_filter":{"filters":["status","Eq","published"],
                                "patch":{"status":"archived","views":null}}})")
                .rows_patched,
            1U);
  EXPECT_EQ(catalog_.content("a"), (Content{{"2", "status=archived title=guided"},
                                            {"3", "status=draft title=other views=1"}}));
}

TEST_F(WriteTest, AFilterWriteThatMatchesTooMuchFailsWholeOrDoesTheMaximum) {
  constexpr std::uint64_t kMax = core::limits::patch_by_filter_rows_max;
  std::string ids = "1";
  std::string zeros = "0";
  for (std::uint64_t i = 2; i <= kMax + 1; ++i) {
    ids += "," + std::to_string(i);
    zeros += ",0";
  }
  catalog_.write("a", R"({"upsert_columns":{"id":[)" + ids + "],\"n\":[" + zeros + "]}}");
  const std::string patch = R"("patch_by_filter":{"filters":["n","Eq",0],"patch":{"n":1}})";
  const std::string partial = R"(,"patch_by_filter_allow_partial":true})";
  EXPECT_THAT(catalog_.refusal("a", "{" + patch + "}"), HasSubstr("50001"));
  const auto first = catalog_.write("a", "{" + patch + partial);
  EXPECT_EQ(first.rows_remaining, true);
  EXPECT_EQ(first.rows_patched, kMax);
  const auto rest = catalog_.write("a", "{" + patch + partial);
  EXPECT_EQ(rest.rows_remaining, false);
  EXPECT_EQ(rest.rows_patched, 1U);
}

TEST_F(WriteTest, WhatTheFilterDeletedDoesNotCountAgainstThePatchesMaximum) {
  constexpr std::uint64_t kMax = core::limits::patch_by_filter_rows_max;
  std::string ids = "1";
  for (std::uint64_t i = 2; i <= kMax + 1; ++i) {
    ids += "," + std::to_string(i);
  }
  catalog_.write("a", R"({"upsert_columns":{"id":[)" + ids + "]}}");
  const auto done = catalog_.write("a", R"({"delete_by_filter":["id","Eq",50],
      "patch_by_filter":{"filters":["id","Gte",0],"patch":{"n":1}}})");
  EXPECT_EQ(done.rows_patched, kMax);
  EXPECT_EQ(done.rows_deleted, 1U);
}

TEST_F(WriteTest, TheSameIdTwiceIsRefusedAcrossOperations) {
  catalog_.write("a", R"({"upsert_rows":[{"id":1,"n":1}]})");
  for (const char* body :
       {R"({"upsert_rows":[{"id":5},{"id":5}]})", R"({"upsert_rows":[{"id":5}],"deletes":[5]})",
        R"({"patch_rows":[{"id":5,"n":1}],"deletes":[7,5]})"}) {
    EXPECT_EQ(catalog_.refusal("a", body),
              "💔 This upsert contains duplicate document IDs and was not written. You should "
              "ensure that individual upserts do not include duplicate documents. The duplicated "
              "IDs in this batch were the following: 5");
  }
  EXPECT_THAT(catalog_.content("a"), SizeIs(1));
}

TEST_F(WriteTest, OnlyAnUpsertCreatesANamespace) {
  for (const char* body : {R"({"deletes":[1]})", R"({"patch_rows":[{"id":1,"n":1}]})",
                           R"({"schema":{"n":"int"}})", R"({"delete_by_filter":["id","Eq",1]})"}) {
    EXPECT_EQ(catalog_.refusal("missing", body), "🤷 namespace 'missing' was not found");
  }
  EXPECT_FALSE(catalog_.exists("missing"));
  EXPECT_TRUE(catalog_->list("", "", 10).names.empty());
}

TEST_F(WriteTest, AFailedWriteLeavesNoTraceNotEvenInTheSchema) {
  EXPECT_NE(catalog_.refusal("a", R"({"upsert_rows":[{"id":1,"n":1},{"id":2,"n":"text"}]})"), "");
  EXPECT_FALSE(catalog_.exists("a"));
  catalog_.write("a", R"({"upsert_rows":[{"id":1,"n":1}]})");
  EXPECT_NE(catalog_.refusal("a", R"({"upsert_rows":[{"id":2,"fresh":1},{"id":3,"n":"x"}]})"), "");
  const auto metadata = catalog_->metadata("a");
  ASSERT_TRUE(metadata.has_value());
  EXPECT_FALSE(metadata->schema->find("fresh"));
  EXPECT_EQ(catalog_.content("a"), (Content{{"1", "n=1"}}));
}

TEST_F(WriteTest, TheIdTypeIsFixedByTheFirstWrite) {
  catalog_.write("u", R"({"upsert_rows":[{"id":1}]})");
  EXPECT_THAT(catalog_.refusal("u", R"({"upsert_rows":[{"id":"x"}]})"),
              HasSubstr("namespace ID type is uint, but you sent string"));
  catalog_.write("s", R"({"upsert_rows":[{"id":"5e1a0b9e-0000-0000-0000-000000000001"}]})");
  EXPECT_EQ(*catalog_->metadata("s")->schema->id_type, wire::IdType::kString);
  catalog_.write(
      "g", R"({"schema":{"id":"uuid"},"upsert_rows":[{"id":"5E1A0B9E000000000000000000000001"}]})");
  EXPECT_EQ(catalog_.content("g"), (Content{{"5e1a0b9e-0000-0000-0000-000000000001", ""}}));
}

TEST_F(WriteTest, EveryUpsertSuppliesEveryVectorAndNoPatchMay) {
  catalog_.write("a", R"({"distance_metric":"cosine_distance",
      "upsert_rows":[{"id":1,"vector":[1,0]}]})");
  EXPECT_NE(catalog_.refusal("a", R"({"upsert_rows":[{"id":2,"n":1}]})"), "");
  EXPECT_NE(catalog_.refusal("a", R"({"upsert_rows":[{"id":2,"vector":[1,2,3]}]})"), "");
  EXPECT_EQ(catalog_.refusal("a", R"({"patch_rows":[{"id":1,"vector":[0,1]}]})"),
            "💔 patching vectors is currently unsupported");
  EXPECT_EQ(catalog_.content("a"), (Content{{"1", "vector=[1,0]"}}));
}

TEST_F(WriteTest, TheMetricIsNamedOnceAndKept) {
  EXPECT_EQ(catalog_.refusal("a", R"({"upsert_rows":[{"id":1,"vector":[1,0]}]})"),
            "💔 distance_metric must be specified for write to namespace with a vector");
  EXPECT_FALSE(catalog_.exists("a"));
  catalog_.write("a", R"({"distance_metric":"cosine_distance",
      "upsert_rows":[{"id":1,"vector":[1,0]}]})");
  EXPECT_EQ(catalog_.refusal("a", R"({"distance_metric":"euclidean_squared",
      "upsert_rows":[{"id":2,"vector":[1,0]}]})"),
            "💔 distance metric mismatch, expected cosine_distance, got euclidean_squared");
  catalog_.write("a", R"({"distance_metric":"cosine_distance","patch_rows":[{"id":1,"n":1}]})");
  catalog_.write("b", R"({"upsert_rows":[{"id":1,"n":1}]})");
  EXPECT_EQ(
      catalog_.refusal("b", R"({"distance_metric":"cosine_distance","upsert_rows":[{"id":2}]})"),
      "the `distance_metric` field cannot be provided, namespace configured without vector "
      "indexing");
}

TEST_F(WriteTest, AReadOnlyNamespaceRefusesWritesUntilItIsReleased) {
  catalog_.write("a", R"({"upsert_rows":[{"id":1}]})");
  const auto metadata = catalog_->update_settings("a", {.read_only = true});
  ASSERT_TRUE(metadata.has_value());
  EXPECT_TRUE(metadata->settings.read_only);
  EXPECT_EQ(catalog_.refusal("a", R"({"upsert_rows":[{"id":2}]})"),
            "💔 Writes not permitted. This namespace is read-only.");
  catalog_.reopen();
  EXPECT_NE(catalog_.refusal("a", R"({"upsert_rows":[{"id":2}]})"), "");
  ASSERT_TRUE(catalog_->update_settings("a", {.read_only = false}).has_value());
  EXPECT_EQ(catalog_.refusal("a", R"({"upsert_rows":[{"id":2}]})"), "");
}

TEST_F(WriteTest, CustomerManagedKeysAreRefusedAndTheDefaultIsAccepted) {
  EXPECT_EQ(catalog_.refusal("a", R"({"upsert_rows":[{"id":1}],
      "encryption":{"mode":"customer-managed","key_name":"mykey"}})"),
            "Malformed Cloud KMS crypto key: mykey");
  EXPECT_EQ(catalog_.refusal("a", R"({"upsert_rows":[{"id":1}],"encryption":{"mode":"default"}})"),
            "");
}

TEST_F(WriteTest, AnEmptyArrayTakesItsTypeFromTheFirstElement) {
  catalog_.write("a", R"({"upsert_rows":[{"id":1,"tags":[]}]})");
  EXPECT_EQ(wire::to_string(catalog_->metadata("a")->schema->at(0).type), "[]unknown");
  catalog_.write("a", R"({"upsert_rows":[{"id":2,"tags":["x"]}]})");
  EXPECT_EQ(wire::to_string(catalog_->metadata("a")->schema->at(0).type), "[]string");
  EXPECT_EQ(catalog_.content("a"), (Content{{"1", "tags=[]"}, {"2", "tags=[x]"}}));
}

TEST_F(WriteTest, SchemaUpdatesAnswerTheWholeSchemaAndNeedANamespace) {
  EXPECT_EQ(catalog_.update_schema("a", R"({"n":"int"})").error().code, ErrorCode::kNotFound);
  catalog_.write("a", R"({"upsert_rows":[{"id":1,"n":1}]})");
  const auto schema = catalog_.update_schema("a", R"({"s":"string"})");
  ASSERT_TRUE(schema.has_value());
  EXPECT_TRUE((*schema)->find("n") && (*schema)->find("s"));
}

TEST_F(WriteTest, TimesMoveWithWhatTheyTell) {
  std::int64_t now = 1000;
  storage::MemoryFileSystem files;
  TestCatalog catalog(files, {.directory = "/e", .now_ms = [&] { return now; }});
  catalog.write("a", R"({"upsert_rows":[{"id":1,"n":1}]})");
  now = 2000;
  ASSERT_TRUE(catalog.update_schema("a", R"({"s":"string"})").has_value());
  now = 3000;
  catalog.write("a", R"({"delete_by_filter":["n","Eq",99]})");
  const Settings settings = catalog->metadata("a")->settings;
  EXPECT_EQ(settings.created_at.ms, 1000);
  EXPECT_EQ(settings.updated_at.ms, 2000) << "a write that changes nothing is no update";
  EXPECT_EQ(settings.last_write_at->ms, 1000);
}

}  // namespace
}  // namespace layer::engine::ns
