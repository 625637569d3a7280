#include "engine/storage/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "engine/storage/fault_file_system.h"
#include "engine/storage/memory_file_system.h"

namespace layer::engine::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::filesystem::path kPath = "/log-1";

struct Found {
  LogScan scan;
  std::vector<std::string> payloads;
};

Result<Found> scan(std::span<const std::byte> bytes) {
  Found found;
  LAYER_ASSIGN(found.scan, scan_log(bytes, "log-1", [&](std::uint64_t, std::string_view payload) {
                 found.payloads.emplace_back(payload);
                 return Result<void>{};
               }));
  return found;
}

class LogTest : public ::testing::Test {
 protected:
  LogWriter create(FileSystem& files, std::uint64_t first = 1) {
    auto writer = LogWriter::create(files, kPath, first, true);
    EXPECT_TRUE(writer.has_value());
    return std::move(*writer);
  }
  static void write(LogWriter& writer, std::string_view payload) {
    ASSERT_TRUE(writer.add(payload).has_value());
    ASSERT_TRUE(writer.commit(true).has_value());
  }
  std::vector<std::byte> bytes() { return *memory_.read(kPath); }

  MemoryFileSystem memory_;
};

TEST_F(LogTest, RecordsAreReadBackInOrder) {
  auto writer = create(memory_, 7);
  ASSERT_TRUE(writer.add("one").has_value());
  ASSERT_TRUE(writer.add("").has_value());
  ASSERT_TRUE(writer.commit(true).has_value());
  write(writer, "three");
  const auto found = scan(bytes());
  ASSERT_TRUE(found.has_value()) << found.error().message;
  EXPECT_THAT(found->payloads, ElementsAre("one", "", "three"));
  EXPECT_EQ(found->scan.first_sequence, 7U);
  EXPECT_EQ(found->scan.next_sequence, 10U);
  EXPECT_EQ(found->scan.valid_bytes, writer.size());
}

TEST_F(LogTest, ATailTornAtAnyByteIsCutAtTheLastWholeRecord) {
  auto writer = create(memory_);
  write(writer, "first");
  const std::uint64_t whole = writer.size();
  write(writer, "second");
  const auto all = bytes();
  for (std::size_t size = whole; size < all.size(); ++size) {
    const auto found = scan(std::span(all).first(size));
    ASSERT_TRUE(found.has_value()) << size << ": " << found.error().message;
    EXPECT_THAT(found->payloads, ElementsAre("first"));
    EXPECT_EQ(found->scan.valid_bytes, whole);
  }
}

TEST_F(LogTest, AZeroedTailIsCut) {
  auto writer = create(memory_);
  write(writer, "first");
  auto all = bytes();
  all.resize(all.size() + 4096);
  const auto found = scan(all);
  ASSERT_TRUE(found.has_value());
  EXPECT_THAT(found->payloads, ElementsAre("first"));
}

TEST_F(LogTest, AFileThatNeverGotItsHeaderHasNoRecords) {
  for (const std::size_t size : {0U, 1U, 31U}) {
    const std::vector<std::byte> shorter(size, std::byte{1});
    const auto found = scan(shorter);
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->scan.valid_bytes, 0U);
  }
  const std::vector<std::byte> zeros(4096);
  EXPECT_TRUE(scan(zeros).has_value());
  EXPECT_EQ(log_first_sequence(zeros, "log-1")->has_value(), false);
}

TEST_F(LogTest, DamageBeforeAValidRecordIsAnErrorWithFileAndOffset) {
  auto writer = create(memory_);
  write(writer, "first");
  const std::uint64_t second = writer.size();
  write(writer, "second");
  write(writer, "third");
  const auto all = bytes();
  for (std::size_t at = second; at < writer.size() - 37; ++at) {
    auto damaged = all;
    damaged[at] ^= std::byte{0x40};
    const auto found = scan(damaged);
    ASSERT_FALSE(found.has_value()) << at;
    EXPECT_EQ(found.error().code, ErrorCode::kCorrupt);
    EXPECT_THAT(found.error().message, HasSubstr("log-1"));
    EXPECT_THAT(found.error().message, HasSubstr("offset " + std::to_string(second)));
  }
}

TEST_F(LogTest, ADamagedHeaderIsAnError) {
  auto writer = create(memory_);
  write(writer, "first");
  auto damaged = bytes();
  damaged[17] ^= std::byte{1};
  EXPECT_FALSE(scan(damaged).has_value());
}

TEST_F(LogTest, APayloadThatImitatesARecordIsNotTakenForOne) {
  auto other = create(memory_);
  write(other, "fake");
  const auto image = bytes();
  const std::string fake(reinterpret_cast<const char*>(image.data()) + 32, image.size() - 32);
  auto writer = create(memory_);
  write(writer, "first");
  write(writer, fake + fake);
  auto torn = bytes();
  torn.resize(torn.size() - 1);
  const auto found = scan(torn);
  ASSERT_TRUE(found.has_value()) << found.error().message;
  EXPECT_THAT(found->payloads, ElementsAre("first"));
}

TEST_F(LogTest, AfterAFailedCommitTheFileEndsWhereTheLastOneLeftIt) {
  for (const FileOperation operation : {FileOperation::kAppend, FileOperation::kSync}) {
    MemoryFileSystem memory;
    FaultFileSystem files(memory);
    auto writer = create(files);
    write(writer, "kept");
    const std::uint64_t kept = writer.size();
    files.inject({.operation = operation, .torn_bytes = 20});
    ASSERT_TRUE(writer.add("refused").has_value());
    EXPECT_FALSE(writer.commit(true).has_value());
    ASSERT_TRUE(writer.recover(files).has_value());
    const auto all = *memory.read(kPath);
    EXPECT_EQ(all.size(), kept);
    EXPECT_THAT(scan(all)->payloads, ElementsAre("kept"));
  }
}

TEST_F(LogTest, AResumedFileGoesOnBehindItsLastWholeRecord) {
  std::uint64_t whole = 0;
  {
    auto writer = create(memory_);
    write(writer, "first");
    whole = writer.size();
    write(writer, "torn");
  }
  ASSERT_TRUE(memory_.truncate(kPath, whole + 10).has_value());
  const auto found = scan(bytes());
  ASSERT_TRUE(found.has_value());
  auto writer = LogWriter::resume(memory_, kPath, found->scan.salt, found->scan.valid_bytes,
                                  found->scan.next_sequence);
  write(writer, "second");
  EXPECT_THAT(scan(bytes())->payloads, ElementsAre("first", "second"));
}

TEST_F(LogTest, DroppedRecordsLeaveNoGap) {
  auto writer = create(memory_);
  ASSERT_TRUE(writer.add("dropped").has_value());
  writer.drop_pending();
  EXPECT_FALSE(writer.pending());
  write(writer, "kept");
  const auto found = scan(bytes());
  ASSERT_TRUE(found.has_value());
  EXPECT_THAT(found->payloads, ElementsAre("kept"));
  EXPECT_EQ(found->scan.next_sequence, 2U);
}

TEST_F(LogTest, AReleasedFileIsOpenedAgainByTheNextCommit) {
  auto writer = create(memory_);
  write(writer, "first");
  ASSERT_TRUE(writer.release().has_value());
  EXPECT_TRUE(writer.released());
  write(writer, "second");
  EXPECT_THAT(scan(bytes())->payloads, ElementsAre("first", "second"));
}

}  // namespace
}  // namespace layer::engine::storage
