#include "engine/routes/cursor.h"

#include <gtest/gtest.h>

#include "wire/base64.h"

namespace layer::engine::routes {
namespace {

TEST(ListCursor, HoldsTheStoresSortKey) {
  EXPECT_EQ(wire::decode_base64(list_cursor("demo")),
            R"({"continuation_token":null,"start_after":"demo-table/"})");
  EXPECT_EQ(read_list_cursor(list_cursor("demo-copy")), "demo-copy");
}

TEST(ListCursor, RefusesWhatItDidNotMake) {
  for (const std::string& cursor :
       {std::string("x"), wire::encode_base64("{}"), wire::encode_base64("[]"),
        wire::encode_base64(R"({"start_after":1})"),
        wire::encode_base64(R"({"start_after":"demo"})"), wire::encode_base64("not json"),
        wire::encode_base64(std::string(4096, ' '))}) {
    const auto name = read_list_cursor(cursor);
    ASSERT_FALSE(name) << cursor;
    EXPECT_EQ(name.error().code, ErrorCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace layer::engine::routes
