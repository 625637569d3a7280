#include "features/writes/affected_ids.h"

#include <gtest/gtest.h>

namespace layer::features::writes {
namespace {

TEST(AffectedIds, AreCutFromTheAnswer) {
  EXPECT_EQ(
      cut_affected_ids(R"({"status":"OK","rows_affected":3,"upserted_ids":[1],)"
                       R"("patched_ids":["a"],"deleted_ids":[],"billing":{"deleted_ids":1}})"),
      R"({"status":"OK","rows_affected":3,"billing":{"deleted_ids":1}})");
}

TEST(AffectedIds, LeaveOtherAnswersAlone) {
  EXPECT_EQ(cut_affected_ids(R"({"status":"OK","rows_affected":3})"), std::nullopt);
  EXPECT_EQ(cut_affected_ids("Invalid URL"), std::nullopt);
}

}  // namespace
}  // namespace layer::features::writes
