#include "wire/legacy_write.h"

#include <gtest/gtest.h>

namespace layer::wire {
namespace {

std::string refusal(const std::string& body) {
  const auto request = parse_legacy_write(body);
  return request ? "accepted" : request.error().message;
}

TEST(LegacyWrite, ListsBecomeRowsAndNullVectorsDeletes) {
  const auto request = parse_legacy_write(
      R"({"ids":[1,2,3],"vectors":[[0.1],null,[0.3]],"attributes":{"a":["x",null,"z"]},
          "distance_metric":"cosine_distance","schema":{"a":"string"}})");
  ASSERT_TRUE(request) << request.error().message;
  ASSERT_EQ(request->upserts->size(), 2U);
  EXPECT_EQ(request->upserts->at(1).id.get_uint64().value(), 3U);
  EXPECT_EQ(request->upserts->at(1).fields.at(0).value.get_string().value(), "z");
  EXPECT_EQ(request->upserts->at(1).fields.at(1).name, "vector");
  ASSERT_EQ(request->deletes->size(), 1U);
  EXPECT_EQ(request->deletes->at(0).get_uint64().value(), 2U);
  EXPECT_EQ(request->distance_metric, DistanceMetric::kCosine);
  EXPECT_EQ(request->schema->attributes.size(), 1U);
}

TEST(LegacyWrite, UpsertsCarryTheirVectorAndAttributes) {
  const auto request = parse_legacy_write(
      R"({"upserts":[{"id":"a","vector":[1],"attributes":{"n":1}},{"id":"b","vector":null},
                     {"id":"c"}]})");
  ASSERT_TRUE(request) << request.error().message;
  ASSERT_EQ(request->upserts->size(), 2U);
  EXPECT_EQ(request->upserts->at(0).fields.size(), 2U);
  EXPECT_TRUE(request->upserts->at(1).fields.empty());
  EXPECT_EQ(request->deletes->size(), 1U);
}

TEST(LegacyWrite, RefusesWhatHasAnotherShape) {
  EXPECT_EQ(refusal("{}"), "💔 no writes provided");
  EXPECT_EQ(refusal(R"({"ids":[]})"), "💔 no writes provided");
  for (const char* body :
       {R"({"ids":[1,2],"vectors":[[1]]})", R"({"ids":[1],"vectors":[[1],[2]]})",
        R"({"ids":[1],"attributes":{"a":[1,2]}})", R"({"upserts":[{"vector":[1]}]})",
        R"({"upserts":[{"id":-1}]})", R"({"ids":[1],"upserts":[{"id":1}]})",
        R"({"upsert_rows":[{"id":1}]})", R"({"upserts":{}})", "[]", "{",
        R"({"upserts":[{"id":1,"vector":[1],"attributes":{"vector":[2]}}]})"}) {
    EXPECT_NE(refusal(body), "accepted") << body;
  }
}

}  // namespace
}  // namespace layer::wire
