#include "features/writes/candidate_ids.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "features/writes/write_plan.h"

namespace layer::features::writes {
namespace {

using wire::Id;
using wire::IdType;

const std::string kUuid = "0a0b0c0d-0102-0304-0506-070809101112";

TEST(CandidateIds, AreOneWhereTheSpellingIsTheNamespacesOwn) {
  EXPECT_EQ(candidate_ids(std::uint64_t{7}, IdType::kUint), std::vector<Id>{std::uint64_t{7}});
  EXPECT_EQ(candidate_ids(std::string("7"), IdType::kString), std::vector<Id>{std::string("7")});
  EXPECT_EQ(candidate_ids(kUuid, IdType::kUuid), std::vector<Id>{*wire::parse_uuid(kUuid)});
}

TEST(CandidateIds, AreAllThatItMayBeWhereThatIsNotKnown) {
  EXPECT_EQ(candidate_ids(kUuid, std::nullopt), (std::vector<Id>{kUuid, *wire::parse_uuid(kUuid)}));
  EXPECT_EQ(candidate_ids(std::string("12"), IdType::kUint),
            (std::vector<Id>{std::string("12"), std::uint64_t{12}}));
  EXPECT_EQ(candidate_ids(std::uint64_t{12}, std::nullopt),
            (std::vector<Id>{std::uint64_t{12}, std::string("12")}));
}

TEST(CandidateIds, LeaveOutWhatNoRowCanBeCalled) {
  EXPECT_TRUE(candidate_ids(std::string(65, 'x'), std::nullopt).empty());
}

TEST(TouchedRows, NameWhatEachOperationTouches) {
  const auto plan = plan_write(
      R"({"upsert_rows":[{"id":1},{"id":"a\u0062"}],"patch_columns":{"id":[2,3],"x":[1,2]},)"
      R"("deletes":["z"],"patch_condition":["x","Eq",1]})",
      {.collect_ids = true});
  ASSERT_TRUE(plan && plan->understood);
  EXPECT_EQ(plan->rows,
            (std::vector<TouchedRow>{
                {.id = std::uint64_t{1}, .kind = WitnessKind::kUpsert},
                {.id = std::string("ab"), .kind = WitnessKind::kUpsert},
                {.id = std::uint64_t{2}, .kind = WitnessKind::kPatch, .conditional = true},
                {.id = std::uint64_t{3}, .kind = WitnessKind::kPatch, .conditional = true},
                {.id = std::string("z"), .kind = WitnessKind::kDelete}}));
}

TEST(TouchedRows, AreNotListedBeyondTheirLimit) {
  std::string body = R"({"deletes":[1)";
  for (std::size_t i = 0; i < touched_rows_max; ++i) {
    body += ",1";
  }
  const auto plan = plan_write(body + "]}", {.collect_ids = true});
  ASSERT_TRUE(plan && plan->understood);
  EXPECT_TRUE(plan->too_many_rows);
  EXPECT_TRUE(plan->rows.empty());
  EXPECT_EQ(plan->summary.rows_deleted, touched_rows_max + 1);
}

TEST(TouchedRows, AreNotCollectedUnlessAskedFor) {
  const auto plan = plan_write(R"({"deletes":[1,2]})", {});
  ASSERT_TRUE(plan.has_value());
  EXPECT_TRUE(plan->rows.empty());
}

}  // namespace
}  // namespace layer::features::writes
