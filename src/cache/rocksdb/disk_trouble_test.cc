// A disk that is full or fails under the cache: errors of the right kind, no crash, and a way back.
#include <gtest/gtest.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "cache/rocksdb/test_disk.h"

namespace layer::cache {
namespace {

using namespace std::chrono_literals;

enum class Trouble : std::uint8_t { kNone, kFull, kUnreadable };

class TroubledFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  TroubledFile(std::unique_ptr<rocksdb::FSWritableFile> file, const std::atomic<Trouble>& trouble)
      : FSWritableFileOwnerWrapper(std::move(file)), trouble_(trouble) {}
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* context) override {
    return trouble_ == Trouble::kFull ? rocksdb::IOStatus::NoSpace("the disk is full")
                                      : FSWritableFileWrapper::Append(data, options, context);
  }
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           const rocksdb::DataVerificationInfo& verification,
                           rocksdb::IODebugContext* context) override {
    return trouble_ == Trouble::kFull
               ? rocksdb::IOStatus::NoSpace("the disk is full")
               : FSWritableFileWrapper::Append(data, options, verification, context);
  }

 private:
  const std::atomic<Trouble>& trouble_;
};

class UnreadableFile final : public rocksdb::FSRandomAccessFileOwnerWrapper {
 public:
  UnreadableFile(std::unique_ptr<rocksdb::FSRandomAccessFile> file,
                 const std::atomic<Trouble>& trouble)
      : FSRandomAccessFileOwnerWrapper(std::move(file)), trouble_(trouble) {}
  rocksdb::IOStatus Read(std::uint64_t offset, std::size_t count, const rocksdb::IOOptions& options,
                         rocksdb::Slice* result, char* scratch,
                         rocksdb::IODebugContext* context) const override {
    return trouble_ == Trouble::kUnreadable
               ? rocksdb::IOStatus::IOError("the disk does not answer")
               : FSRandomAccessFileWrapper::Read(offset, count, options, result, scratch, context);
  }

 private:
  const std::atomic<Trouble>& trouble_;
};

class TroubledDisk final : public rocksdb::FileSystemWrapper {
 public:
  TroubledDisk() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "troubled"; }
  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* context) override {
    auto status = FileSystemWrapper::NewWritableFile(name, options, file, context);
    if (status.ok()) {
      *file = std::make_unique<TroubledFile>(std::move(*file), trouble);
    }
    return status;
  }
  rocksdb::IOStatus NewRandomAccessFile(const std::string& name,
                                        const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                        rocksdb::IODebugContext* context) override {
    auto status = FileSystemWrapper::NewRandomAccessFile(name, options, file, context);
    if (status.ok()) {
      *file = std::make_unique<UnreadableFile>(std::move(*file), trouble);
    }
    return status;
  }

  std::atomic<Trouble> trouble{Trouble::kNone};
};

class DiskTroubleTest : public ::testing::Test {
 protected:
  Result<std::vector<PutOutcome>> put(std::string key) {
    return world.run(
        [&] { return world.store->put("s", {DiskWorld::body(key, core::random_bytes(50'000))}); });
  }

  std::shared_ptr<TroubledDisk> disk = std::make_shared<TroubledDisk>();
  std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(disk);
  DiskWorld world{0, env.get()};
};

TEST_F(DiskTroubleTest, AFullDiskIsAnErrorAndItsRecordsCanStillBeRead) {
  ASSERT_TRUE(put("before"));
  disk->trouble = Trouble::kFull;
  Result<std::vector<PutOutcome>> last = put("0");
  for (int i = 1; last && i < 2000; ++i) {
    last = put(std::to_string(i));
  }
  ASSERT_FALSE(last) << "memory tables do not grow without bound";
  EXPECT_EQ(last.error().code, ErrorCode::kIo);
  EXPECT_TRUE(world.get("before"));
  EXPECT_GT(world.store->stats().errors, 0U);
  EXPECT_NE(world.logged().find("cannot write"), std::string::npos);
  const auto closed = world.store->close();
  EXPECT_FALSE(closed) << "it does not pretend to be on disk";

  disk->trouble = Trouble::kNone;
  world.leave();
  world.open();
  EXPECT_FALSE(world.get("before"));
  EXPECT_TRUE(put("after"));
}

TEST_F(DiskTroubleTest, WhenThereIsRoomAgainPutsWorkAgain) {
  disk->trouble = Trouble::kFull;
  for (int i = 0; i < 2000 && put(std::to_string(i)); ++i) {
  }
  ASSERT_FALSE(put("full"));
  disk->trouble = Trouble::kNone;
  bool done = false;
  for (int i = 0; i < 3000 && !done; ++i) {
    world.clock.advance(1s);
    done = put("again").has_value();
    std::this_thread::sleep_for(10ms);
  }
  EXPECT_TRUE(done);
}

TEST_F(DiskTroubleTest, AnUnreadableFileIsAnErrorNotAMiss) {
  ASSERT_TRUE(put("k"));
  world.close();
  world.options.disk.block_cache_bytes = 0;
  world.open();
  disk->trouble = Trouble::kUnreadable;
  const auto record = world.run([&] { return world.store->get("s", {"k"}, BinSet::all()); });
  ASSERT_FALSE(record);
  EXPECT_EQ(record.error().code, ErrorCode::kIo);
  EXPECT_FALSE(world.run([&] { return world.store->scan("s", "", 10, BinSet::all()); }));
  disk->trouble = Trouble::kNone;
  EXPECT_TRUE(world.get("k"));
}

}  // namespace
}  // namespace layer::cache
