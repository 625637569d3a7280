#include "cli/init_body.h"

#include <gtest/gtest.h>

namespace layer::cli {
namespace {

TEST(InitBody, proposes_sixteen_shards_where_nobody_says_how_many) {
  EXPECT_EQ(init_body({}), R"({"shard_count":16})");
}

TEST(InitBody, takes_the_count_of_the_environment_and_before_it_that_of_the_flag) {
  EXPECT_EQ(init_body({.shards_of_environment = "8"}), R"({"shard_count":8})");
  EXPECT_EQ(init_body({.shards = "4", .shards_of_environment = "8"}), R"({"shard_count":4})");
}

TEST(InitBody, leaves_a_namespace_in_one_piece_when_asked_to) {
  EXPECT_EQ(init_body({.shards = "none", .shards_of_environment = "8"}), "{}");
  EXPECT_EQ(init_body({.shards_of_environment = "none", .schema_version = "3"}),
            R"({"schema_version":3})");
}

TEST(InitBody, leaves_it_to_the_server_to_refuse_what_is_no_number) {
  EXPECT_EQ(init_body({.shards = "many", .scatter = "scans", .reshard = true}),
            R"({"shard_count":"many","scatter":"scans","reshard":true})");
  EXPECT_EQ(init_body({.shards = "99999999999999999999"}),
            R"({"shard_count":"99999999999999999999"})");
}

}  // namespace
}  // namespace layer::cli
