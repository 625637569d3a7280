#include "features/documents/ids.h"

#include <gtest/gtest.h>

namespace layer::features::documents {
namespace {

using wire::Id;
using wire::IdType;

Result<Id> in_body(std::string text, IdType type) {
  const auto document = json::Document::parse(std::move(text));
  return read_id(document->root(), type, "ids[3]");
}

bool is_wrong_type(const Result<Id>& id) {
  if (id || id.error().code != ErrorCode::kValidation) {
    return false;
  }
  for (const auto& field : id.error().fields) {
    if (field.name == "reason") {
      return field.value == "id_type";
    }
  }
  return false;
}

TEST(DocumentIds, PathsAreReadAsTheNamespacesKind) {
  EXPECT_EQ(*read_id("7", IdType::kUint), Id(std::uint64_t{7}));
  EXPECT_EQ(*read_id("18446744073709551615", IdType::kUint), Id(~std::uint64_t{0}));
  EXPECT_EQ(*read_id("7", IdType::kString), Id(std::string("7")));
  const auto uuid = read_id("{67E55044-10B1-426F-9247-BB680E5FE0C8}", IdType::kUuid);
  EXPECT_EQ(wire::to_string(*uuid), "67e55044-10b1-426f-9247-bb680e5fe0c8");
}

TEST(DocumentIds, AnotherKindIsRefusedWithItsReason) {
  for (const char* text : {"", "-1", "+7", "7.0", "1e3", "18446744073709551616", " 7", "x"}) {
    EXPECT_TRUE(is_wrong_type(read_id(text, IdType::kUint))) << text;
  }
  EXPECT_TRUE(is_wrong_type(read_id("7", IdType::kUuid)));
  for (const char* text : {"7.0", "-7", "true", "null", "[7]", R"("x7")"}) {
    EXPECT_TRUE(is_wrong_type(in_body(text, IdType::kUint))) << text;
  }
  EXPECT_TRUE(is_wrong_type(in_body("7", IdType::kString)));
  EXPECT_TRUE(is_wrong_type(in_body("7", IdType::kUuid)));
}

TEST(DocumentIds, BodiesMayWriteIntegersAndUuidsAsStrings) {
  EXPECT_EQ(*in_body("7", IdType::kUint), Id(std::uint64_t{7}));
  EXPECT_EQ(*in_body(R"("7")", IdType::kUint), Id(std::uint64_t{7}));
  EXPECT_EQ(*in_body(R"("7")", IdType::kString), Id(std::string("7")));
  EXPECT_TRUE(in_body(R"("67e5504410b1426f9247bb680e5fe0c8")", IdType::kUuid));
}

TEST(DocumentIds, StringsAreShortUtf8) {
  EXPECT_TRUE(read_id(std::string(64, 'x'), IdType::kString));
  EXPECT_EQ(read_id(std::string(65, 'x'), IdType::kString).error().code, ErrorCode::kValidation);
  EXPECT_EQ(read_id("\xff", IdType::kString).error().code, ErrorCode::kValidation);
}

TEST(DocumentIds, JsonKeepsTheType) {
  std::string out;
  append_json(out, Id(std::uint64_t{7}));
  append_json(out, Id(std::string("a\"b")));
  EXPECT_EQ(out, R"(7"a\"b")");
}

}  // namespace
}  // namespace layer::features::documents
