// What a directory promises beyond the suite of all stores: between processes and across crashes.
#include "objects/directory_store.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "core/random.h"
#include "objects/file_name.h"
#include "objects/object_files.h"

namespace layer::objects {
namespace {

using std::filesystem::path;

class ObjectFilesTest : public ::testing::Test {
 protected:
  ObjectFilesTest() { EXPECT_TRUE(files.prepare()); }
  ~ObjectFilesTest() override { std::filesystem::remove_all(root); }

  path root = std::filesystem::temp_directory_path() / ("objects-" + core::random_uuid());
  ObjectFiles files{root};
};

TEST_F(ObjectFilesTest, FilesHaveTheNamesOfTheirKeys) {
  ASSERT_TRUE(files.put("namespaces/docs/layout.json", "{}", Condition::none()));
  EXPECT_TRUE(std::filesystem::exists(root / "namespaces~" / "docs~" / "layout.json"));
}

TEST_F(ObjectFilesTest, NothingIsLeftBehindByRefusedPutsAndRemovedObjects) {
  ASSERT_TRUE(files.put("a/b/c", "x", Condition::none()));
  ASSERT_FALSE(files.put("a/b/c", "y", Condition::absent()));
  EXPECT_TRUE(std::filesystem::is_empty(root / ".tmp"));
  ASSERT_TRUE(files.remove("a/b/c"));
  EXPECT_FALSE(std::filesystem::exists(root / "a~"));
}

TEST_F(ObjectFilesTest, WhatWasHalfWrittenByADeadProcessGoesAfterAnHour) {
  const path old_file = root / ".tmp" / "old";
  const path new_file = root / ".tmp" / "new";
  std::ofstream(old_file) << "half";
  std::ofstream(new_file) << "half";
  std::filesystem::last_write_time(
      old_file, std::filesystem::file_time_type::clock::now() - std::chrono::hours(2));
  ASSERT_TRUE(files.prepare());
  EXPECT_FALSE(std::filesystem::exists(old_file));
  EXPECT_TRUE(std::filesystem::exists(new_file));
}

TEST_F(ObjectFilesTest, FilesOfOthersAreNotListed) {
  std::ofstream(root / "notes with spaces.txt") << "mine";
  std::ofstream(root / "%zz") << "mine";
  ASSERT_TRUE(files.put("a", "x", Condition::none()));
  const auto listing = files.list("", "", kListMax);
  ASSERT_TRUE(listing);
  ASSERT_EQ(listing->objects.size(), 1U);
  EXPECT_EQ(listing->objects[0].key, "a");
}

TEST_F(ObjectFilesTest, ADirectoryThatCannotBeWrittenIsAnErrorThatNamesIt) {
  ObjectFiles broken("/proc/nothing-here");
  const auto prepared = broken.prepare();
  ASSERT_FALSE(prepared);
  EXPECT_EQ(prepared.error().code, ErrorCode::kIo);
  EXPECT_NE(prepared.error().message.find("/proc/nothing-here"), std::string::npos);
}

TEST_F(ObjectFilesTest, CompareAndSwapHoldsBetweenProcesses) {
  constexpr int kProcesses = 3;
  constexpr int kEach = 20;
  ASSERT_TRUE(files.put("counter", "0", Condition::none()));
  std::vector<pid_t> children;
  for (int i = 0; i < kProcesses; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      ObjectFiles own(root);
      for (int done = 0; done < kEach;) {
        const auto now = own.get("counter");
        if (!now) {
          ::_exit(1);
        }
        const auto next = std::to_string(std::stoi(now->bytes) + 1);
        done += own.put("counter", next, Condition::match(now->etag)) ? 1 : 0;
      }
      ::_exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(files.get("counter")->bytes, std::to_string(kProcesses * kEach));
}

TEST(FileName, EverySegmentHasOneNameAndEveryNameOneSegment) {
  EXPECT_EQ(encode_file_name("layout.json"), "layout.json");
  EXPECT_EQ(encode_file_name("..."), "%2E..");
  EXPECT_EQ(encode_file_name("a/b~%"), "a%2Fb%7E%25");
  for (int byte = 1; byte < 256; ++byte) {
    const std::string segment = {'x', static_cast<char>(byte)};
    EXPECT_EQ(decode_file_name(encode_file_name(segment)), segment);
  }
  for (const std::string_view name : {"", ".hidden", "%", "%4", "%4g", "%41", "a b", "%2e"}) {
    EXPECT_EQ(decode_file_name(name), std::nullopt) << name;
  }
}

}  // namespace
}  // namespace layer::objects
