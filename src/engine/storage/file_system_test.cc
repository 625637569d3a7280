#include "engine/storage/file_system.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <string_view>

#include "engine/storage/fault_file_system.h"
#include "engine/storage/memory_file_system.h"

namespace layer::engine::storage {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string content(FileSystem& files, const std::filesystem::path& path) {
  auto read = files.read(path);
  return read ? text_of(*read) : "(" + read.error().message + ")";
}

void write(FileSystem& files, const std::filesystem::path& path, std::string_view text,
           bool sync = true) {
  auto file = files.create(path);
  ASSERT_TRUE(file.has_value()) << file.error().message;
  ASSERT_TRUE((*file)->append(bytes_of(text)).has_value());
  if (sync) {
    ASSERT_TRUE((*file)->sync().has_value());
  }
  ASSERT_TRUE((*file)->close().has_value());
}

enum class Kind { kPosix, kMemory, kFault };

// One suite for every implementation of the interface.
class FileSystemConformance : public ::testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    if (GetParam() == Kind::kPosix) {
      std::string name = (std::filesystem::temp_directory_path() / "layer-fs-XXXXXX").string();
      ASSERT_NE(::mkdtemp(name.data()), nullptr);
      root = name;
      files = posix_file_system();
    } else {
      root = "/data";
      memory = std::make_unique<MemoryFileSystem>();
      ASSERT_TRUE(memory->create_directories(root).has_value());
      if (GetParam() == Kind::kMemory) {
        files = std::move(memory);
      } else {
        files = std::make_unique<FaultFileSystem>(*memory);
      }
    }
  }
  void TearDown() override {
    if (GetParam() == Kind::kPosix) {
      std::filesystem::remove_all(root);
    }
  }

  std::filesystem::path root;
  std::unique_ptr<FileSystem> memory;
  std::unique_ptr<FileSystem> files;
};

TEST_P(FileSystemConformance, WhatWasAppendedIsRead) {
  write(*files, root / "a", "hello");
  EXPECT_EQ(content(*files, root / "a"), "hello");
  auto again = files->append_to(root / "a");
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ((*again)->size(), 5U);
  ASSERT_TRUE((*again)->append(bytes_of(" world")).has_value());
  EXPECT_EQ((*again)->size(), 11U);
  EXPECT_EQ(content(*files, root / "a"), "hello world");
  write(*files, root / "a", "");
  EXPECT_EQ(content(*files, root / "a"), "");
}

TEST_P(FileSystemConformance, AMappingOutlivesTheName) {
  write(*files, root / "a", "mapped");
  write(*files, root / "empty", "");
  auto blob = files->map(root / "a");
  ASSERT_TRUE(blob.has_value());
  ASSERT_TRUE(files->remove(root / "a").has_value());
  EXPECT_EQ(text_of((*blob)->bytes()), "mapped");
  EXPECT_EQ((*blob)->name(), (root / "a").string());
  auto empty = files->map(root / "empty");
  ASSERT_TRUE(empty.has_value());
  EXPECT_TRUE((*empty)->bytes().empty());
}

TEST_P(FileSystemConformance, NamesMoveAndAreShared) {
  write(*files, root / "a", "one");
  write(*files, root / "b", "two");
  ASSERT_TRUE(files->rename(root / "a", root / "b").has_value());
  EXPECT_FALSE(files->exists(root / "a"));
  EXPECT_EQ(content(*files, root / "b"), "one");
  ASSERT_TRUE(files->link(root / "b", root / "c").has_value());
  EXPECT_FALSE(files->link(root / "b", root / "c").has_value());
  ASSERT_TRUE(files->remove(root / "b").has_value());
  EXPECT_EQ(content(*files, root / "c"), "one");
  EXPECT_EQ(files->list(root).value(), (std::vector<std::string>{"c"}));
  ASSERT_TRUE(files->truncate(root / "c", 2).has_value());
  EXPECT_EQ(content(*files, root / "c"), "on");
}

TEST_P(FileSystemConformance, FoldersAreMadeListedAndRemoved) {
  ASSERT_TRUE(files->create_directories(root / "x" / "y").has_value());
  ASSERT_TRUE(files->create_directories(root / "x" / "y").has_value());
  write(*files, root / "x" / "y" / "f", "1");
  write(*files, root / "x" / "e", "2");
  EXPECT_EQ(files->list(root / "x").value(), (std::vector<std::string>{"e", "y"}));
  ASSERT_TRUE(files->sync_directory(root / "x").has_value());
  ASSERT_TRUE(files->rename(root / "x", root / "z").has_value());
  EXPECT_EQ(content(*files, root / "z" / "y" / "f"), "1");
  ASSERT_TRUE(files->remove_all(root / "z").has_value());
  EXPECT_FALSE(files->exists(root / "z"));
  ASSERT_TRUE(files->remove_all(root / "z").has_value());
}

TEST_P(FileSystemConformance, ErrorsNameThePath) {
  const std::filesystem::path missing = root / "missing" / "file";
  for (const std::string& message :
       {files->read(missing).error().message, files->map(missing).error().message,
        files->create(missing).error().message, files->list(missing).error().message,
        files->rename(missing, root / "a").error().message,
        files->truncate(missing, 0).error().message,
        files->sync_directory(missing).error().message}) {
    EXPECT_NE(message.find(missing.string()), std::string::npos) << message;
    EXPECT_NE(message.find("No such file"), std::string::npos) << message;
  }
  EXPECT_TRUE(files->remove(missing).has_value());
}

TEST_P(FileSystemConformance, ReplaceLeavesOnlyTheNewContent) {
  ASSERT_TRUE(replace_file(*files, root / "m", bytes_of("old")).has_value());
  ASSERT_TRUE(replace_file(*files, root / "m", bytes_of("newer")).has_value());
  EXPECT_EQ(content(*files, root / "m"), "newer");
  EXPECT_EQ(files->list(root).value(), (std::vector<std::string>{"m"}));
}

INSTANTIATE_TEST_SUITE_P(All, FileSystemConformance,
                         ::testing::Values(Kind::kPosix, Kind::kMemory, Kind::kFault));

TEST(MemoryFileSystem, PowerLossKeepsWhatWasSyncedAndNothingElse) {
  MemoryFileSystem files;
  ASSERT_TRUE(files.create_directories("/d").has_value());
  ASSERT_TRUE(files.sync_directory("/").has_value());
  auto log = files.create("/d/log");
  ASSERT_TRUE(files.sync_directory("/d").has_value());
  ASSERT_TRUE((*log)->append(bytes_of("kept")).has_value());
  ASSERT_TRUE((*log)->sync().has_value());
  ASSERT_TRUE((*log)->append(bytes_of("lost")).has_value());
  write(files, "/d/unnamed", "synced, but its name is not");
  files.lose_power();
  EXPECT_EQ(content(files, "/d/log"), "kept");
  EXPECT_FALSE(files.exists("/d/unnamed"));
  EXPECT_FALSE((*log)->append(bytes_of("x")).has_value());
}

TEST(MemoryFileSystem, AFolderThatWasNotSyncedTakesItsFilesAlong) {
  MemoryFileSystem files;
  ASSERT_TRUE(files.create_directories("/a/b").has_value());
  write(files, "/a/b/f", "x");
  ASSERT_TRUE(files.sync_directory("/a/b").has_value());
  ASSERT_TRUE(files.sync_directory("/a").has_value());
  files.lose_power();
  EXPECT_FALSE(files.exists("/a/b/f"));
}

TEST(MemoryFileSystem, ChanceKeepsAPrefixOfUnsyncedBytes) {
  bool torn = false;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(seed);
    MemoryFileSystem files;
    auto log = files.create("/log");
    ASSERT_TRUE(files.sync_directory("/").has_value());
    ASSERT_TRUE((*log)->append(bytes_of("kept")).has_value());
    ASSERT_TRUE((*log)->sync().has_value());
    ASSERT_TRUE((*log)->append(bytes_of("maybe")).has_value());
    files.lose_power(seed);
    const std::string found = content(files, "/log");
    EXPECT_TRUE(std::string_view("keptmaybe").starts_with(found)) << found;
    EXPECT_GE(found.size(), 4U);
    torn |= found.size() > 4 && found.size() < 9;
  }
  EXPECT_TRUE(torn);
}

TEST(FaultFileSystem, TheNthOperationFailsAndTearsTheAppend) {
  MemoryFileSystem memory;
  FaultFileSystem files(memory);
  files.inject({.operation = FileOperation::kAppend,
                .nth = 2,
                .torn_bytes = 2,
                .reason = std::string(kNoSpace)});
  auto file = files.create("/f");
  ASSERT_TRUE((*file)->append(bytes_of("abc")).has_value());
  const auto failed = (*file)->append(bytes_of("def"));
  ASSERT_FALSE(failed.has_value());
  EXPECT_NE(failed.error().message.find("No space"), std::string::npos);
  // Nobody knows what the disk holds now, so the handle stays closed for writes.
  EXPECT_EQ((*file)->append(bytes_of("ghi")).error(), failed.error());
  EXPECT_EQ((*file)->sync().error(), failed.error());
  EXPECT_EQ(content(memory, "/f"), "abcde");
  EXPECT_EQ(files.count(FileOperation::kAppend), 2U);
  EXPECT_EQ(files.failures(), 1U);
}

// Fails each step of replace_file in turn, loses power, and looks: the old content or the new one.
TEST(ReplaceFile, IsAtomicAtEveryStepThatCanFail) {
  std::uint64_t steps = 0;
  {
    MemoryFileSystem memory;
    FaultFileSystem files(memory);
    ASSERT_TRUE(replace_file(files, "/m", bytes_of("x")).has_value());
    steps = files.changes();
  }
  ASSERT_GE(steps, 5U);
  for (std::uint64_t step = 1; step <= steps; ++step) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      SCOPED_TRACE(testing::Message() << "step " << step << " seed " << seed);
      MemoryFileSystem memory;
      FaultFileSystem files(memory);
      ASSERT_TRUE(replace_file(files, "/m", bytes_of("old")).has_value());
      files.inject({.nth = step, .lasting = true, .torn_bytes = 1});
      EXPECT_FALSE(replace_file(files, "/m", bytes_of("new")).has_value());
      memory.lose_power(seed == 0 ? std::nullopt : std::optional(seed));
      const std::string found = content(memory, "/m");
      EXPECT_TRUE(found == "old" || found == "new") << found;
    }
  }
}

}  // namespace
}  // namespace layer::engine::storage
