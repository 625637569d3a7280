#include "features/writes/write_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "features/writes/check_body.h"
#include "features/writes/random_body.h"
#include "features/writes/splice.h"

namespace layer::features::writes {
namespace {

const StampRules kStamped{};
const StampRules kSharded{.stamp = true, .shard_count = 8};

std::string edited(std::string_view body, const StampRules& rules = kStamped, bool ask = false) {
  const auto plan = plan_write(body, rules);
  if (!plan) {
    return plan.error().message;
  }
  EXPECT_TRUE(plan->understood) << body;
  return splice(body, *plan, rules, 17, ask);
}

WritePlan plan(std::string_view body, const StampRules& rules = kStamped) {
  auto made = plan_write(body, rules);
  EXPECT_TRUE(made.has_value()) << body;
  return made ? *made : WritePlan{};
}

TEST(WritePlan, StampsRows) {
  EXPECT_EQ(edited(R"({"upsert_rows":[{"id":1,"a":2}, {"id":2}]})"),
            R"({"upsert_rows":[{"id":1,"a":2,"_hevlayer_upserted_at":17}, )"
            R"({"id":2,"_hevlayer_upserted_at":17}]})");
  EXPECT_EQ(edited(R"({"patch_rows":[{"id":1 } ]})"),
            R"({"patch_rows":[{"id":1 ,"_hevlayer_upserted_at":17} ]})");
}

TEST(WritePlan, StampsColumns) {
  EXPECT_EQ(edited(R"({"upsert_columns":{"a":["x","y"],"id":[1,2]}})"),
            R"({"upsert_columns":{"a":["x","y"],"id":[1,2],"_hevlayer_upserted_at":[17,17]}})");
  EXPECT_EQ(edited(R"({"patch_columns":{"id":[]}})"), R"({"patch_columns":{"id":[]}})");
}

TEST(WritePlan, StampsThePatchOfAFilterWithoutAShard) {
  EXPECT_EQ(edited(R"({"patch_by_filter":{"patch":{"a":1},"filters":["a","Eq",0]}})", kSharded),
            R"({"patch_by_filter":{"patch":{"a":1,"_hevlayer_upserted_at":17},)"
            R"("filters":["a","Eq",0]}})");
  EXPECT_EQ(edited(R"({"patch_by_filter":{"filters":[],"patch":{}}})"),
            R"({"patch_by_filter":{"filters":[],"patch":{"_hevlayer_upserted_at":17}}})");
}

TEST(WritePlan, PutsRowsIntoTheShardOfTheirCanonicalId) {
  const std::string seven = std::to_string(shard_of(wire::Id(std::uint64_t{7}), 8));
  const std::string a = std::to_string(shard_of(wire::Id(std::string("a")), 8));
  EXPECT_EQ(
      edited(R"({"upsert_rows":[{"id":7}]})", kSharded),
      R"({"upsert_rows":[{"id":7,"_hevlayer_upserted_at":17,"_hevlayer_shard":)" + seven + "}]}");
  EXPECT_EQ(edited(R"({"upsert_columns":{"id":["a","\u0061"]}})", kSharded),
            R"({"upsert_columns":{"id":["a","\u0061"],"_hevlayer_upserted_at":[17,17],)"
            R"("_hevlayer_shard":[)" +
                a + "," + a + "]}}");
}

TEST(WritePlan, HashesUuidsByTheirCanonicalSpelling) {
  const std::string_view lower = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
  const std::string_view upper = "6BA7B8109DAD11D180B400C04FD430C8";
  const auto uuid = shard_of(wire::Id(*wire::parse_uuid(lower)), 64);
  EXPECT_EQ(shard_of_text(upper, wire::IdType::kUuid, 64), uuid);
  EXPECT_EQ(shard_of_text(lower, std::nullopt, 64), uuid);
  // Of an unknown type it could be either; without a shard every reader finds the row.
  EXPECT_EQ(shard_of_text(upper, std::nullopt, 64), std::nullopt);
  EXPECT_EQ(shard_of_text(upper, wire::IdType::kString, 64),
            shard_of(wire::Id(std::string(upper)), 64));
  EXPECT_EQ(shard_of_text("no uuid", wire::IdType::kUuid, 64), std::nullopt);
}

TEST(WritePlan, ShardsWithoutStampsWhereStampingIsOff) {
  const StampRules rules{.stamp = false, .shard_count = 1};
  EXPECT_EQ(edited(R"({"upsert_rows":[{"id":7}],"patch_by_filter":{"patch":{}}})", rules),
            R"({"upsert_rows":[{"id":7,"_hevlayer_shard":0}],"patch_by_filter":{"patch":{}}})");
  EXPECT_EQ(edited(R"({"upsert_columns":{"id":[7,8]}})", rules),
            R"({"upsert_columns":{"id":[7,8],"_hevlayer_shard":[0,0]}})");
}

TEST(WritePlan, ReplacesAClientsStampWhereverItStands) {
  const std::string want = R"({"upsert_rows":[{"id":1,"_hevlayer_upserted_at":17}]})";
  for (const char* row :
       {R"({"id":1,"_hevlayer_upserted_at":5})", R"({"_hevlayer_upserted_at":5,"id":1})",
        R"({"_hevlayer_upserted_at":5, "_hevlayer_shard":null, "id":1})",
        R"({"id":1 , "_hevlayer_upserted_at" : [1,{"a":2}]})",
        R"({"id":1,"_hevlayer\u005fupserted_at":5,"_hevlayer_shard":1})",
        R"({"_hevlayer_shard":{},"id":1,"_hevlayer_upserted_at":5,"_hevlayer_upserted_at":6})"}) {
    EXPECT_EQ(edited(R"({"upsert_rows":[)" + std::string(row) + "]}"), want);
  }
  EXPECT_EQ(edited(R"({"upsert_columns":{"_hevlayer_upserted_at":[5],"id":[1]}})"),
            R"({"upsert_columns":{"id":[1],"_hevlayer_upserted_at":[17]}})");
  EXPECT_EQ(edited(R"({"patch_by_filter":{"patch":{"_hevlayer_shard":3}}})"),
            R"({"patch_by_filter":{"patch":{"_hevlayer_upserted_at":17}}})");
}

TEST(WritePlan, RefusesOtherReservedNames) {
  for (const char* body : {R"({"upsert_rows":[{"id":1,"_hevlayer_x":1}]})",
                           R"({"patch_rows":[{"_hevlayer_x":1,"id":1}]})",
                           R"({"upsert_rows":[{"id":1,"\u005fhevl\u0061yer_x":1}]})",
                           R"({"upsert_columns":{"id":[1],"_hevlayer_x":[1]}})",
                           R"({"patch_columns":{"id":[1],"_hevlayer_x":[1]}})",
                           R"({"patch_by_filter":{"filters":[],"patch":{"_hevlayer_x":1}}})"}) {
    const auto refused = plan_write(body, kStamped);
    ASSERT_FALSE(refused.has_value()) << body;
    EXPECT_EQ(refused.error().code, ErrorCode::kValidation);
    EXPECT_EQ(refused.error().attribute, "_hevlayer_x");
    ASSERT_EQ(refused.error().fields.size(), 2U);
    EXPECT_EQ(refused.error().fields[0].value, "reserved");
  }
}

TEST(WritePlan, LetsReservedTextBeAValueOrAnInnerName) {
  EXPECT_TRUE(
      plan(R"({"upsert_rows":[{"id":1,"a":{"_hevlayer_x":1},"b":"_hevlayer_x"}]})").understood);
}

TEST(WritePlan, LeavesWhatIsNoWriteOfRowsToTheStore) {
  for (const char* body : {"",
                           "no json",
                           "[]",
                           "{}",
                           R"({"schema":{"a":"string"}})",
                           R"({"copy_from_namespace":"x","upsert_rows":[{"id":1}]})",
                           R"({"branch_from_namespace":{"source_namespace":"x"}})",
                           R"({"upsert_rows":{}})",
                           R"({"upsert_rows":[1]})",
                           R"({"upsert_rows":[{"a":1}]})",
                           R"({"upsert_rows":[{"id":-1}]})",
                           R"({"upsert_rows":[{"id":null}]})",
                           R"({"upsert_rows":[{"id":1.5}]})",
                           R"({"upsert_rows":[{"id":18446744073709551616}]})",
                           R"({"upsert_columns":[]})",
                           R"({"upsert_columns":{"a":[1]}})",
                           R"({"upsert_columns":{"id":[1],"a":1}})",
                           R"({"upsert_columns":{"id":[1],"a":[1,2]}})",
                           R"({"deletes":[{}]})",
                           R"({"deletes":1})",
                           R"({"upsert_rows":[{"id":1}]}x)",
                           R"({"upsert_rows":[{"id":1}])",
                           R"({"upsert_rows":[{"id":1}],"upsert_condition":{}})",
                           R"({"upsert_rows":[{"id":1}],"return_affected_ids":1})",
                           R"({"upsert_rows":null})",
                           R"({"upsert_rows":[{"id":1,"_hevlayer_x":1},2]})",
                           "{\"upsert_rows\":[{\"id\":\"\xff\"}]}",
                           R"({"patch_by_filter":{"patch":[]}})"}) {
    const auto made = plan_write(body, kStamped);
    ASSERT_TRUE(made.has_value()) << body;
    EXPECT_FALSE(made->understood) << body;
    EXPECT_TRUE(made->edits.empty()) << body;
  }
}

TEST(WritePlan, SaysWhatTheBodyAsksFor) {
  const Summary s = plan(R"({"upsert_rows":[{"id":1},{"id":2}],"patch_columns":{"id":[3]},)"
                         R"("deletes":[4,5,6],"patch_condition":["a","Eq",1],)"
                         R"("return_affected_ids":true})")
                        .summary;
  EXPECT_TRUE(s.upserts && s.patches && s.deletes && s.conditions && s.affected_ids_asked);
  EXPECT_FALSE(s.has_filters());
  EXPECT_EQ(s.rows_upserted, 2U);
  EXPECT_EQ(s.rows_patched, 1U);
  EXPECT_EQ(s.rows_deleted, 3U);
  EXPECT_TRUE(plan(R"({"delete_by_filter":["a","Eq",1]})").summary.has_filters());
}

TEST(WritePlan, NamesAWitnessThatTheWriteIsSureToTouch) {
  const auto witness = [](std::string_view body) { return plan(body).summary.witness; };
  EXPECT_EQ(witness(R"({"deletes":[9],"upsert_rows":[{"a":1,"id":"x"},{"id":"y"}]})"),
            (Witness{.id = std::string("x"), .kind = WitnessKind::kUpsert}));
  EXPECT_EQ(witness(R"({"patch_rows":[{"id":1}],"deletes":[9]})"),
            (Witness{.id = std::uint64_t{9}, .kind = WitnessKind::kDelete}));
  EXPECT_EQ(witness(R"({"patch_columns":{"id":[3,4]}})"),
            (Witness{.id = std::uint64_t{3}, .kind = WitnessKind::kPatch}));
  EXPECT_EQ(witness(R"({"upsert_rows":[{"id":1}],"upsert_condition":["id","Eq",null]})"),
            std::nullopt);
}

TEST(WritePlan, AsksForAffectedIdsWhenTold) {
  EXPECT_EQ(edited(R"({"delete_by_filter":["a","Eq",1]})", kStamped, true),
            R"({"delete_by_filter":["a","Eq",1],"return_affected_ids":true})");
  EXPECT_EQ(edited(R"({"return_affected_ids":false,"deletes":[1]})", kStamped, true),
            R"({"return_affected_ids":true,"deletes":[1]})");
  EXPECT_EQ(edited(R"({"return_affected_ids":false,"deletes":[1]})"),
            R"({"return_affected_ids":false,"deletes":[1]})");
  const WritePlan asked = plan(R"({"return_affected_ids":true,"deletes":[1]})");
  EXPECT_FALSE(asked.edits_body(true));
  const WritePlan silent = plan(R"({"deletes":[1]})");
  EXPECT_TRUE(silent.edits_body(true));
  EXPECT_FALSE(silent.edits_body(false));
}

TEST(WritePlan, LimitsTheRowsOfColumns) {
  std::string body = R"({"upsert_columns":{"id":[1)";
  for (std::uint32_t i = 0; i < column_rows_max; ++i) {
    body += ",1";
  }
  body += "]}}";
  const auto refused = plan_write(body, kStamped);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kPayloadTooLarge);
}

TEST(WritePlan, ChangesNoByteOfTheClient) {
  const std::string body =
      " {\"upsert_rows\" : [ {\"big\":18446744073709551615,\"f\":0.30000001192092896, "
      "\"t\":\"🦈\\u00e9\\/\" , \"id\":1,\"vector\":[1e-7,-0.0] } ] }\n";
  std::string out = edited(body);
  const std::string member = ",\"_hevlayer_upserted_at\":17";
  out.erase(out.find(member), member.size());
  EXPECT_EQ(out, body);
}

TEST(WritePlan, KeepsItsPromisesForRandomBodies) {
  constexpr std::uint64_t kSeed = 20240711;
  const StampRules kRules[] = {kStamped,
                               kSharded,
                               {.stamp = false, .shard_count = 3},
                               {.stamp = true, .shard_count = 5, .id_type = wire::IdType::kUuid}};
  RandomBody bodies(kSeed);
  std::size_t understood = 0;
  for (std::size_t i = 0; i < 20'000; ++i) {
    std::string body = bodies.next();
    if (i % 50 == 0) {
      body[i % body.size()] = "{}[]\",:0"[(i / 50) % 8];
    }
    const StampRules& rules = kRules[i % std::size(kRules)];
    EXPECT_EQ(broken_promise(body, rules, 1 + i % 17), "")
        << "seed " << kSeed << ", body " << i << ": " << body;
    const auto made = plan_write(body, rules);
    understood += made && made->understood ? 1 : 0;
  }
  EXPECT_GT(understood, 8'000U);  // the generator makes enough of what matters
}

}  // namespace
}  // namespace layer::features::writes
