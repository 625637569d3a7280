#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "features/writes/splice.h"
#include "features/writes/streaming_rewriter.h"
#include "features/writes/write_plan.h"

namespace layer::features::writes {
namespace {

StampRules rules() {
  return {.functions = std::make_shared<const WatchedFunctions>(WatchedFunctions{
              {.id = "f", .stale_marker = "_f", .inputs = {"title"}, .others = {"year"}},
              {.id = "g", .stale_marker = "_g", .inputs = {"title", "body"}}})};
}

std::string written(const std::string& body, StampRules with = rules()) {
  const auto plan = plan_write(body, with);
  EXPECT_TRUE(plan.has_value() && plan->understood) << body;
  return splice(body, *plan, with, 7, false);
}

TEST(FunctionMarks, APatchOfAnInputMarksTheResultsMadeFromIt) {
  EXPECT_EQ(written(R"({"patch_rows":[{"id":1,"title":"x"},{"id":2,"body":"y"},{"id":3,"z":0}]})"),
            R"({"patch_rows":[{"id":1,"title":"x","_hevlayer_upserted_at":7,"_f":7,"_g":7},)"
            R"({"id":2,"body":"y","_hevlayer_upserted_at":7,"_g":7},)"
            R"({"id":3,"z":0,"_hevlayer_upserted_at":7}]})");
}

TEST(FunctionMarks, ColumnsAndFiltersAreMarkedAsWell) {
  EXPECT_EQ(written(R"({"patch_columns":{"id":[1,2],"body":["x","y"]}})"),
            R"({"patch_columns":{"id":[1,2],"body":["x","y"],"_hevlayer_upserted_at":[7,7],)"
            R"("_g":[7,7]}})");
  EXPECT_EQ(written(R"({"patch_by_filter":{"filters":["a","Eq",1],"patch":{"title":"x"}}})"),
            R"({"patch_by_filter":{"filters":["a","Eq",1],"patch":{"title":"x",)"
            R"("_hevlayer_upserted_at":7,"_f":7,"_g":7}}})");
}

TEST(FunctionMarks, UpsertsNeedNoneAndWithoutStampsThereAreNone) {
  const std::string upsert = R"({"upsert_rows":[{"id":1,"title":"x"}]})";
  EXPECT_EQ(written(upsert), R"({"upsert_rows":[{"id":1,"title":"x","_hevlayer_upserted_at":7}]})");
  StampRules unstamped = rules();
  unstamped.stamp = false;
  const std::string patch = R"({"patch_rows":[{"id":1,"title":"x"}]})";
  EXPECT_EQ(written(patch, unstamped), patch);
}

TEST(FunctionMarks, AMarkThatIsGivenIsNotPutTwice) {
  StampRules own = rules();
  own.functions = std::make_shared<const WatchedFunctions>(
      WatchedFunctions{{.id = "f", .stale_marker = "_hevlayer_f", .inputs = {"title"}}});
  own.own_names = true;
  EXPECT_EQ(written(R"({"patch_rows":[{"id":1,"title":"x","_hevlayer_f":3}]})", own),
            R"({"patch_rows":[{"id":1,"title":"x","_hevlayer_f":3,"_hevlayer_upserted_at":7}]})");
}

TEST(FunctionMarks, ThePlanSaysWhomPatchesConcern) {
  const auto patched = [](const std::string& body) {
    return plan_write(body, rules())->summary.patched;
  };
  EXPECT_EQ(patched(R"({"patch_rows":[{"id":1,"year":7}]})"), mask_bit(0));
  EXPECT_EQ(patched(R"({"patch_rows":[{"id":1,"title":"x"}]})"), mask_bit(0) | mask_bit(1));
  EXPECT_EQ(patched(R"({"upsert_rows":[{"id":1,"title":"x"}]})"), 0);
}

TEST(FunctionMarks, MoreFunctionsThanBitsShareTheLast) {
  auto many = std::make_shared<WatchedFunctions>();
  for (int i = 0; i < 20; ++i) {
    many->push_back({.id = "f", .stale_marker = "_" + std::to_string(i), .inputs = {"t"}});
  }
  many->back().inputs = {"rare"};
  const std::string body = written(R"({"patch_rows":[{"id":1,"rare":1}]})", {.functions = many});
  EXPECT_EQ(body, R"({"patch_rows":[{"id":1,"rare":1,"_hevlayer_upserted_at":7,"_15":7,"_16":7,)"
                  R"("_17":7,"_18":7,"_19":7}]})");
}

TEST(FunctionMarks, BodiesThatPassByAreMarkedInTheSameWay) {
  const std::string body = R"({"patch_columns":{"id":[1,2],"title":["x","y"]}})";
  StreamingRewriter rewriter(rules(), 7);
  std::string out;
  const auto pull = [&] {
    for (std::string_view piece = rewriter.pull(); !piece.empty(); piece = rewriter.pull()) {
      out += piece;
    }
  };
  for (const char& c : body) {
    ASSERT_TRUE(rewriter.feed(std::string_view(&c, 1)));
    pull();
  }
  ASSERT_TRUE(rewriter.finish());
  pull();
  EXPECT_EQ(out, written(body));
}

}  // namespace
}  // namespace layer::features::writes
