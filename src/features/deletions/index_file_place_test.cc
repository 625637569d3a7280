#include "features/deletions/index_file_place.h"

#include <gtest/gtest.h>

#include <limits>

#include "async/loops.h"
#include "async/run.h"
#include "resources/directory_source.h"
#include "resources/test_directory.h"

namespace layer::features::deletions {
namespace {

constexpr std::string_view kFilms =
    "apiVersion: hevlayer.com/v1\nkind: Index\nmetadata: {name: films}\nspec: {}\n";
constexpr std::string_view kBooks =
    "---\napiVersion: hevlayer.com/v1\nkind: Index\nmetadata: {name: books}\nspec: {}\n";
constexpr std::int64_t kLater = std::numeric_limits<std::int64_t>::max();

struct IndexFilePlaceTest : ::testing::Test {
  resources::testing::TestDirectory directory;
  resources::FileSecrets secrets{directory.path() / "secrets"};
  resources::StatusTable statuses{resources::wall_clock_ms};
  resources::DirectorySource source{
      {.directory = directory.path(), .rescan_interval = std::chrono::hours(1)}, secrets, statuses};
  async::Loops loops{1};
  async::CpuPool pool{{.name = "disk"}};
  IndexFilePlace place{{.directory = directory.path(), .source = source, .disk_pool = pool}};

  Result<Purged> purge(std::string ns, std::int64_t cutoff_ms = kLater) {
    EXPECT_TRUE(source.start().has_value());
    source.stop();
    PurgeIntent intent;
    intent.ns = std::move(ns);
    intent.cutoff_ms = cutoff_ms;
    return async::run_blocking(loops.at(0), [&] { return place.purge(intent); });
  }
  bool is_there(const std::string& file) const {
    return std::filesystem::exists(directory.path() / file);
  }
};

TEST_F(IndexFilePlaceTest, TheFileOfTheIndexGoes) {
  directory.write("search/films.yaml", kFilms);
  directory.write("books.yaml", kBooks);
  EXPECT_EQ(purge("films")->objects, 1U);
  EXPECT_FALSE(is_there("search/films.yaml"));
  EXPECT_TRUE(is_there("books.yaml"));
}

TEST_F(IndexFilePlaceTest, ANamespaceWithoutAnIndexHasNothingToRemove) {
  directory.write("books.yaml", kBooks);
  EXPECT_EQ(purge("films")->objects, 0U);
  EXPECT_TRUE(is_there("books.yaml"));
}

TEST_F(IndexFilePlaceTest, AFileWithOtherObjectsIsLeftToPeople) {
  directory.write("all.yaml", std::string(kFilms) + std::string(kBooks));
  const auto left = purge("films");
  ASSERT_FALSE(left.has_value());
  EXPECT_NE(left.error().message.find("all.yaml"), std::string::npos);
  EXPECT_TRUE(is_there("all.yaml"));
}

TEST_F(IndexFilePlaceTest, ALinkIsLeftToPeople) {
  resources::testing::TestDirectory elsewhere;
  elsewhere.write("films.yaml", kFilms);
  std::filesystem::create_symlink(elsewhere.path() / "films.yaml", directory.path() / "films.yaml");
  EXPECT_FALSE(purge("films").has_value());
  EXPECT_TRUE(std::filesystem::exists(elsewhere.path() / "films.yaml"));
}

TEST_F(IndexFilePlaceTest, WhatWasWrittenAfterTheDeleteStays) {
  directory.write("films.yaml", kFilms);
  EXPECT_EQ(purge("films", 1)->objects, 0U);
  EXPECT_TRUE(is_there("films.yaml"));
}

}  // namespace
}  // namespace layer::features::deletions
