// Rows out of the store's answer, and attributes out of rows.
#include <gtest/gtest.h>

#include "features/documents/answer_rows.h"
#include "features/documents/projection.h"

namespace layer::features::documents {
namespace {

using wire::IdType;

Shape shape_of(IdType id_type = IdType::kUint) {
  namespaces::StoreMetadata metadata;
  metadata.id_type = id_type;
  metadata.columns = {{.name = "id"},
                      {.name = "title"},
                      {.name = "scores", .kind = namespaces::ColumnKind::kArray},
                      {.name = "vector", .kind = namespaces::ColumnKind::kDenseVector},
                      {.name = "say \"hi\"", .kind = namespaces::ColumnKind::kDenseVector}};
  return *Shape::make(metadata);
}

std::string only_row(std::string_view answer, const Shape& shape = shape_of()) {
  const auto rows = cut_rows(answer, shape);
  if (!rows || rows->rows.size() != 1) {
    return "not one row";
  }
  return *rows->rows.front().attributes;
}

TEST(AnswerRows, KeepTheBytesOfTheStore) {
  EXPECT_EQ(only_row(R"({"rows":[{"id":7,"title":"\u00e9","n":1.50,"big":18446744073709551615,)"
                     R"("e":1e+2}],"billing":{"rows":[1]}})"),
            R"({"title":"\u00e9","n":1.50,"big":18446744073709551615,"e":1e+2})");
  EXPECT_EQ(only_row(R"({"rows":[{"a":[],"id":7,"b":["x"]}]})"), R"({"a":[],"b":["x"]})");
  EXPECT_EQ(only_row(R"({"rows":[{"id":7}]})"), "{}");
}

TEST(AnswerRows, VectorsAreLeftOutByNameAndByHowTheyAreWritten) {
  EXPECT_EQ(only_row(R"({"rows":[{"vector":[1,2],"id":7,"a":1,"say \"hi\"":[3],"b":2,)"
                     R"("sparse":{"1":0.5},"c":3,"multi":[[1,2],[3,4]],"$dist":0.5,"d":[1.5]}]})"),
            R"({"a":1,"b":2,"c":3,"d":[1.5]})");
}

TEST(AnswerRows, AnArrayOfNumbersThatTheShapeDoesNotKnowMakesItOld) {
  const auto old = [](std::string_view answer) {
    return cut_rows(answer, shape_of())->shape_is_old;
  };
  EXPECT_FALSE(old(R"({"rows":[{"id":1,"scores":[1,2],"new":["x"],"_hevlayer_x":[1]}]})"));
  EXPECT_TRUE(old(R"({"rows":[{"id":1,"new":[1,2]}]})"));
}

TEST(AnswerRows, IdsAreOfTheNamespacesKind) {
  EXPECT_TRUE(cut_rows(R"({"rows":[{"id":"7"}]})", shape_of(IdType::kString)));
  EXPECT_FALSE(cut_rows(R"({"rows":[{"id":"7"}]})", shape_of()));
  EXPECT_FALSE(cut_rows(R"({"rows":[{"id":7}]})", shape_of(IdType::kString)));
  EXPECT_FALSE(cut_rows(R"({"rows":[{"id":"7"}]})", shape_of(IdType::kUuid)));
  const auto uuid = cut_rows(R"({"rows":[{"id":"67e55044-10b1-426f-9247-bb680e5fe0c8"}]})",
                             shape_of(IdType::kUuid));
  EXPECT_EQ(wire::to_string(uuid->rows.front().id), "67e55044-10b1-426f-9247-bb680e5fe0c8");
}

TEST(AnswerRows, WhatIsNoAnswerIsRefused) {
  for (const char* text :
       {"", "{}", "[]", "{\"rows\":{}}", "{\"rows\":[1]}", "{\"rows\":[{}]}",
        "{\"rows\":[{\"id\":1}", "{\"rows\":[{\"id\":1}]} x", "{\"rows\":[{\"id\":1,\"a\":}]}",
        "{\"rows\":[{\"id\":-1}]}", "{\"rows\":[{\"id\":1,\"a\":[1,}]}",
        "{\"rows\":[{\"id\":1,\"a\":[[1]}]}"}) {
    EXPECT_EQ(cut_rows(text, shape_of()).error().code, ErrorCode::kUpstream) << text;
  }
}

std::string projected(const Projection& projection, std::string_view row) {
  std::string out = "+";
  return projection.append(out, row) ? out.substr(1) : "refused " + out;
}

TEST(ProjectionTest, ReservedAttributesComeOnlyWhenNamed) {
  const Projection all;
  EXPECT_EQ(projected(all, R"({"a":1,"_hevlayer_upserted_at":5,"b":"\"_hevlayer_"})"),
            R"({"a":1,"b":"\"_hevlayer_"})");
  EXPECT_EQ(projected(all, R"({"\u005fhevlayer_x":5})"), "{}");
  EXPECT_EQ(projected(all, R"({"a": 1, "b" :2})"), R"({"a": 1, "b" :2})");
  EXPECT_EQ(
      projected(Projection({"_hevlayer_upserted_at"}), R"({"a":1,"_hevlayer_upserted_at":5})"),
      R"({"_hevlayer_upserted_at":5})");
}

TEST(ProjectionTest, NamedAttributesKeepTheirBytesAndTheRowsOrder) {
  const std::string row = R"({"a":{"x":[1,{"y":"}"}]},"b":1.50,"c":[[]],"d":null})";
  EXPECT_EQ(projected(Projection({"d", "a", "gone"}), row),
            R"({"a":{"x":[1,{"y":"}"}]},"d":null})");
  EXPECT_EQ(projected(Projection({"b", "c"}), row), R"({"b":1.50,"c":[[]]})");
  EXPECT_EQ(projected(Projection(std::vector<std::string>{}), row), "{}");
}

TEST(ProjectionTest, DamagedRowsAreRefusedAndLeaveNothing) {
  for (const char* row :
       {"", "{", "[]", "{\"a\":}", "{\"a\":1}x", "{\"a\":1,\"_hevlayer_", "null"}) {
    EXPECT_EQ(projected(Projection({"a"}), row), "refused +") << row;
  }
}

}  // namespace
}  // namespace layer::features::documents
