#include "wire/write.h"

#include <gtest/gtest.h>

#include <string>

#include "testing/cases.h"

namespace layer::wire {
namespace {

std::string outcome(const std::string& body) {
  const auto request = parse_write(body);
  if (request) {
    return "ok";
  }
  return std::to_string(core::info(request.error().code).http_status) + " " +
         request.error().message;
}

TEST(Write, ReadsEveryCase) {
  const auto cases = testing::load_cases("wire_write");
  ASSERT_FALSE(cases.empty());
  for (const auto& each : cases) {
    EXPECT_EQ(outcome(each.input), each.outcome) << each.where << ": " << each.name;
  }
}

TEST(Write, ColumnsBecomeRows) {
  const auto request = parse_write(R"({"upsert_columns":{"a":[1,null],"id":[7,8],"b":["x","y"]}})");
  ASSERT_TRUE(request);
  const auto& rows = *request->upserts;
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[1].id.get_uint64().value(), 8U);
  ASSERT_EQ(rows[1].fields.size(), 2U);
  EXPECT_EQ(rows[1].fields[0].name, "a");
  EXPECT_TRUE(rows[1].fields[0].value.is_null());
  EXPECT_EQ(rows[1].fields[1].value.get_string().value(), "y");
}

TEST(Write, ValuesPointIntoTheRequestsOwnBody) {
  auto request = parse_write(R"({"upsert_rows":[{"id":"k","name":"caf\u00e9"}],
                                 "patch_by_filter":{"filters":["a","Eq",1],"patch":{"b":null}}})");
  ASSERT_TRUE(request);
  const WriteRequest moved = std::move(*request);
  EXPECT_EQ(moved.upserts->at(0).fields.at(0).name, "name");
  EXPECT_EQ(moved.upserts->at(0).fields.at(0).value.get_string().value(), "caf\xc3\xa9");
  EXPECT_EQ(moved.patch_by_filter->patch.at(0).name, "b");
  EXPECT_TRUE(moved.patch_by_filter->patch.at(0).value.is_null());
}

TEST(Write, WhatIsNotInTheBodyStaysUnset) {
  const auto request = parse_write(R"({"deletes":[1,2]})");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->deletes->size(), 2U);
  EXPECT_FALSE(request->upserts);
  EXPECT_FALSE(request->patches);
  EXPECT_FALSE(request->schema);
  EXPECT_FALSE(request->distance_metric);
  EXPECT_FALSE(request->return_affected_ids);
}

TEST(Write, FindsADuplicateNameInAWideRow) {
  std::string body = R"({"upsert_rows":[{"id":1)";
  for (int i = 0; i < 100; ++i) {
    body += ",\"a" + std::to_string(i) + "\":1";
  }
  EXPECT_EQ(outcome(body + "}]}"), "ok");
  const std::string message = outcome(body + ",\"a50\":2}]}");
  EXPECT_NE(message.find("upsert_rows[0]: duplicate field `a50`"), std::string::npos) << message;
}

}  // namespace
}  // namespace layer::wire
