#include "features/pages/shard_cursor.h"

#include <gtest/gtest.h>

namespace layer::features::pages {
namespace {

TEST(ShardCursors, come_back_as_they_were) {
  const ShardCursors cursor{.shards = {{.after = wire::Id(std::uint64_t{7})},
                                       {},
                                       {.done = true},
                                       {.after = wire::Id(std::string("a\"\n7"))}}};
  EXPECT_EQ(parse_cursor(print_cursor(cursor)), cursor);
  for (const char* text :
       {"", "{}", R"({"v":2,"shards":[]})", R"({"v":1,"shards":[{"type":9}]})"}) {
    EXPECT_FALSE(parse_cursor(text)) << text;
  }
}

}  // namespace
}  // namespace layer::features::pages
