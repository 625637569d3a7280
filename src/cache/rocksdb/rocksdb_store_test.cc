// What only the disk does: surviving restarts or not, room, damage.
#include "cache/rocksdb/rocksdb_store.h"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>

#include "cache/memory/memory_shard.h"
#include "cache/rocksdb/test_disk.h"

namespace layer::cache {
namespace {

using namespace std::chrono_literals;
using Kind = PutOutcome::Kind;
namespace fs = std::filesystem;

constexpr std::size_t kVectors = static_cast<std::size_t>(Bin::kVectors);

// Bytes that no compression makes smaller.
Put noise(std::string key, std::size_t bytes = 100'000) {
  return DiskWorld::body(std::move(key), core::random_bytes(bytes));
}

TEST(DiskCache, KeepsItsRecordsOverACloseInOrder) {
  DiskWorld world;
  Put whole = DiskWorld::body("k", "body");
  whole.bins[kVectors] = DiskWorld::bytes("vectors");
  whole.ttl = 100s;
  const auto before = world.put(whole);
  world.put(DiskWorld::body("held", "x"));
  world.close();
  world.open();
  const auto record = world.get("k");
  ASSERT_TRUE(record);
  EXPECT_EQ(record->version, before.version);
  EXPECT_EQ(*record->bins[kVectors], "vectors");
  EXPECT_EQ(world.count(), 2U);
  EXPECT_GT(world.put(DiskWorld::body("k2", "x")).version, before.version)
      << "versions go on where they were";
  world.close();
  world.open();
  world.clock.advance(100s);
  EXPECT_FALSE(world.get("k"));
  EXPECT_EQ(world.count(), 2U);
}

TEST(DiskCache, ATimeToLiveGoesOnWhileItIsClosed) {
  DiskWorld world;
  Put brief = DiskWorld::body("k", "x");
  brief.ttl = 10s;
  world.put(brief);
  world.close();
  world.clock.advance(11s);
  world.open();
  EXPECT_FALSE(world.get("k"));
  EXPECT_EQ(world.count(), 0U);
}

TEST(DiskCache, DropsItsRecordsAfterAnyOtherEnd) {
  DiskWorld world;
  world.put(DiskWorld::body("k", "x"));
  world.leave();
  world.open();
  EXPECT_FALSE(world.get("k"));
  EXPECT_EQ(world.count(), 0U);
  EXPECT_NE(world.logged().find("was not closed in order"), std::string::npos);
  world.close();
  world.open();
  world.put(DiskWorld::body("k", "x"));
  world.leave();
  world.open();
  EXPECT_FALSE(world.get("k")) << "the close before the last start counts for nothing";
}

TEST(DiskCache, AMarkerThatIsDamagedOrOfAnotherVersionMeansEmpty) {
  for (const std::string& marker :
       {std::string(), std::string("LAYRCCH1"), std::string("LAYRCCH1\2\0\0\0", 12),
        encode_closed({}), encode_closed({.slices = {{.id = 0}, {.id = 7}}})}) {
    DiskWorld world;
    world.put(DiskWorld::body("k", "x"));
    world.close();
    std::ofstream(world.options.disk.directory / "closed", std::ios::trunc) << marker;
    world.open();
    EXPECT_FALSE(world.get("k"));
    EXPECT_NE(world.logged().find("cannot be used again"), std::string::npos);
    EXPECT_EQ(world.put(DiskWorld::body("k", "x")).kind, Kind::kDone);
  }
}

TEST(DiskCache, ADirectoryWithoutItsFilesMeansEmpty) {
  DiskWorld world;
  world.put(DiskWorld::body("k", "x"));
  world.close();
  for (const auto& entry : fs::directory_iterator(world.options.disk.directory / "db")) {
    if (entry.path().extension() == ".sst" || entry.path().filename() == "CURRENT") {
      fs::remove(entry.path());
    }
  }
  world.open();
  EXPECT_FALSE(world.get("k"));
}

TEST(DiskCache, AClockThatWasSetBackMeansEmpty) {
  DiskWorld world;
  world.put(DiskWorld::body("k", "x"));
  world.close();
  world.clock.set_wall_ms(world.clock.wall_ms() - 60'000);
  world.open();
  EXPECT_FALSE(world.get("k"));
}

TEST(DiskCache, ADirectoryHasOneUser) {
  DiskWorld world;
  const auto second = RocksDbStore::open(world.options, world.pool, world.clock, world.log);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kConflict);
  world.put(DiskWorld::body("k", "x"));
  EXPECT_EQ(world.text("k"), "x");
}

TEST(DiskCache, ADirectoryThatCannotBeIsAnError) {
  DiskWorld world;
  std::ofstream(world.root / "file") << "x";
  RocksDbOptions options = world.options;
  options.disk.directory = world.root / "file" / "cache";
  const auto opened = RocksDbStore::open(options, world.pool, world.clock, world.log);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kIo);
}

TEST(DiskCache, TheOldestGoFirstAndTheLimitHolds) {
  DiskWorld world;
  for (int i = 0; i < 600; ++i) {  // 60 MB into 32 MiB
    ASSERT_EQ(world.put(noise(std::to_string(i)), i < 10 ? "old" : "s").kind, Kind::kDone) << i;
    world.clock.advance(1s);
    ASSERT_LE(world.store->stats().disk_bytes, kDiskBytesMin);
  }
  EXPECT_FALSE(world.get("0", BinSet::all(), "old"));
  EXPECT_TRUE(world.get("599"));
  EXPECT_GT(world.losses("old"), 0U);
  EXPECT_EQ(world.count("old"), 0U);
  EXPECT_GT(world.store->stats().evicted, 200U);
  const std::uint64_t left = world.count();
  EXPECT_GT(left, 100U) << "most of the limit is used";
  std::uint64_t found = 0;
  for (int i = 0; i < 600; ++i) {
    found += world.get(std::to_string(i)).has_value() ? 1 : 0;
  }
  EXPECT_EQ(found, left);
}

TEST(DiskCache, TheHotTierForgetsWhatTheDiskEvicted) {
  DiskWorld world(64 << 20);
  world.put(DiskWorld::body("k", "x"), "old");
  for (int i = 0; i < 600; ++i) {
    world.put(noise(std::to_string(i)));
    world.clock.advance(1s);
    world.get("k", BinSet::all(), "old");
  }
  EXPECT_EQ(world.count("old"), 0U);
  EXPECT_FALSE(world.get("k", BinSet::all(), "old"));
}

TEST(DiskCache, WhatIsYoungStaysAndPutsAreRefused) {
  DiskWorld world;
  int done = 0;
  while (world.put(noise(std::to_string(done))).kind == Kind::kDone) {
    ASSERT_LT(++done, 1000) << "the limit is not held";
  }
  EXPECT_LE(world.store->stats().disk_bytes, kDiskBytesMin);
  EXPECT_GT(world.store->stats().refused, 0U);
  EXPECT_EQ(world.losses(), 0U);
  EXPECT_EQ(world.count(), static_cast<std::uint64_t>(done));
  Put lease = noise("lease", 1000);
  lease.hold = 10s;
  EXPECT_EQ(world.put(lease).kind, Kind::kDone) << "a lease is refused last";
  EXPECT_EQ(world.put(noise("lease", 1000)).kind, Kind::kDone) << "and so is what settles it";
  world.clock.advance(61s);
  EXPECT_EQ(world.put(noise("more")).kind, Kind::kDone);
  EXPECT_GT(world.losses(), 0U);
}

TEST(DiskCache, WhatIsHeldStaysThroughAWholeTurnover) {
  DiskWorld world;
  Put lease = DiskWorld::body("lease", "x");
  lease.hold = 2000s;
  const auto outcome = world.put(lease);
  for (int i = 0; i < 600; ++i) {
    world.put(noise(std::to_string(i)));
    world.clock.advance(1s);
  }
  EXPECT_GT(world.store->stats().evicted, 200U);
  ASSERT_TRUE(world.get("lease"));
  EXPECT_EQ(world.get("lease")->version, outcome.version);
  // Its hold ends, nobody settles it: it can be evicted then, and is the same until it is.
  world.clock.advance(1400s);
  for (int i = 0; i < 40; ++i) {
    world.put(noise("n" + std::to_string(i)));
    world.clock.advance(1s);
  }
  ASSERT_TRUE(world.get("lease"));
  EXPECT_EQ(world.get("lease")->version, outcome.version);
  const std::uint64_t before = world.losses();
  for (int i = 0; i < 600; ++i) {
    world.put(noise(std::to_string(i)));
    world.clock.advance(1s);
  }
  EXPECT_FALSE(world.get("lease"));
  EXPECT_GT(world.losses(), before);
}

TEST(DiskCache, TooManyHeldRecordsAreRefused) {
  DiskWorld world;
  int done = 0;
  Put lease = noise("0");
  lease.hold = 1000s;
  while (world.put(lease).kind == Kind::kDone) {
    ASSERT_LT(++done, 1000);
    lease.key = std::to_string(done);
  }
  EXPECT_LE(world.store->stats().disk_bytes, kDiskBytesMin);
  EXPECT_EQ(world.put(noise("plain")).kind, Kind::kDone);
}

TEST(DiskCache, AFenceThatIsRaisedAndSettledIsOneRecord) {
  DiskWorld world;
  std::uint64_t version = world.put(DiskWorld::body("k", "0")).version;
  for (int i = 1; i < 50; ++i) {
    Put lease = DiskWorld::body("k", "lease");
    lease.hold = 65s;
    lease.condition = Condition::matches(version);
    version = world.put(lease).version;
    EXPECT_EQ(world.count(), 1U);
    Put settled = DiskWorld::body("k", std::to_string(i));
    settled.condition = Condition::matches(version);
    version = world.put(settled).version;
    EXPECT_EQ(world.text("k"), std::to_string(i));
  }
  EXPECT_EQ(world.count(), 1U);
  EXPECT_EQ(world.losses(), 0U);
}

// Writes behind the store's back while it is closed.
void overwrite(const DiskWorld& world, const std::string& key, const std::string& value) {
  std::vector<std::string> names;
  const std::string path = (world.options.disk.directory / "db").string();
  ASSERT_TRUE(rocksdb::DB::ListColumnFamilies({}, path, &names).ok());
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const std::string& name : names) {
    families.emplace_back(name, family_options(world.options.disk));
  }
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* opened = nullptr;
  ASSERT_TRUE(rocksdb::DB::Open({}, path, families, &handles, &opened).ok());
  const std::unique_ptr<rocksdb::DB> db(opened);
  for (rocksdb::ColumnFamilyHandle* handle : handles) {
    if (handle->GetName() == "slice-1") {
      EXPECT_TRUE(db->Put({}, handle, key, value).ok());
      EXPECT_TRUE(db->Flush({}, handle).ok());
    }
  }
  for (rocksdb::ColumnFamilyHandle* handle : handles) {
    db->DestroyColumnFamilyHandle(handle);
  }
}

TEST(DiskCache, ADamagedRecordIsNotThereIsCountedAndSaidOnce) {
  DiskWorld world;
  for (const std::string& key : {"a", "b", "c", "d"}) {
    Put whole = DiskWorld::body(key, "body of " + key);
    whole.bins[kVectors] = DiskWorld::bytes("vectors of " + key);
    world.put(whole);
  }
  world.close();
  overwrite(world, disk_key(Part::kAttributes, "s", "a"), "garbage");
  overwrite(world, disk_key(Part::kAttributes, "s", "b"), "");
  overwrite(world, disk_key(Part::kVectors, "s", "c"), "garbage");
  world.open();
  const std::uint64_t before = world.losses();
  EXPECT_FALSE(world.get("a"));
  EXPECT_GT(world.losses(), before);
  EXPECT_EQ(world
                .put([] {
                  Put again = DiskWorld::body("b", "again");
                  again.condition = Condition::absent();
                  return again;
                }())
                .kind,
            Kind::kDone);
  EXPECT_EQ(world.text("b"), "again");
  EXPECT_TRUE(world.get("c", BinSet{}.with(Bin::kBody))) << "who needs no vectors reads none";
  EXPECT_FALSE(world.get("c"));
  EXPECT_EQ(world.text("d"), "body of d");
  EXPECT_EQ(world.store->stats().corrupt, 3U);
  EXPECT_EQ(world.count(), 2U);
  const std::string log = world.logged();
  const std::size_t said = log.find("was damaged on disk");
  ASSERT_NE(said, std::string::npos);
  EXPECT_EQ(log.find("was damaged on disk", said + 1), std::string::npos);
}

TEST(DiskCache, DamagedFilesLoseTheirRecordsAndNothingElse) {
  DiskWorld world(0);
  for (int i = 0; i < 60; ++i) {
    world.put(noise(std::to_string(i)));
    world.clock.advance(2s);
  }
  world.close();
  fs::path first;
  for (const auto& entry : fs::directory_iterator(world.options.disk.directory / "db")) {
    if (entry.path().extension() == ".sst" && (first.empty() || entry.path() < first)) {
      first = entry.path();
    }
  }
  std::fstream file(first, std::ios::in | std::ios::out | std::ios::binary);
  for (std::uintmax_t at = 0; at < fs::file_size(first) * 3 / 4; at += 1000) {
    file.seekp(static_cast<std::streamoff>(at)).put('!');
  }
  file.close();
  world.open();
  const std::uint64_t before = world.losses();
  int found = 0;
  for (int i = 0; i < 60; ++i) {
    found += world.get(std::to_string(i)).has_value() ? 1 : 0;
  }
  EXPECT_LT(found, 60);
  EXPECT_GT(found, 0);
  EXPECT_GT(world.losses(), before);
  EXPECT_GT(world.store->stats().corrupt, 0U);
  const auto put = world.run([&] { return world.store->put("s", {noise("0")}); });
  if (put) {
    EXPECT_EQ(put->at(0).kind, Kind::kDone);
    EXPECT_TRUE(world.get("0"));
  } else {  // RocksDB met the damage itself, while it merged files, and writes nothing any more
    EXPECT_EQ(put.error().code, ErrorCode::kCorrupt);
    EXPECT_FALSE(world.store->close());
    world.leave();
    world.open();
    EXPECT_EQ(world.put(noise("0")).kind, Kind::kDone) << "the next process begins anew";
  }
}

TEST(DiskCache, AScanOfADamagedFileDropsItsSlice) {
  DiskWorld world(1 << 20);
  for (int i = 0; i < 30; ++i) {
    world.put(DiskWorld::body(std::to_string(i), core::random_bytes(1000)));
  }
  world.close();
  for (const auto& entry : fs::directory_iterator(world.options.disk.directory / "db")) {
    if (entry.path().extension() == ".sst") {
      std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(500).put('!').put('?');
    }
  }
  world.open();
  world.get("29");
  const auto generation = world.store->connection_generation();
  const auto scan = [&] { return world.run([&] { return world.store->scan("s", "", 100, {}); }); };
  const auto first = scan();
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().code, ErrorCode::kIo);
  EXPECT_NE(world.store->connection_generation(), generation);
  const auto second = scan();
  ASSERT_TRUE(second);
  EXPECT_TRUE(second->records.empty());
  EXPECT_FALSE(world.get("29")) << "the hot tier forgets too";
  EXPECT_EQ(world.count(), 0U);
  EXPECT_EQ(world.put(DiskWorld::body("k", "x")).kind, Kind::kDone);
  EXPECT_EQ(world.text("k"), "x");
}

TEST(DiskCache, AnExpiryIsCountedThoughNobodyReads) {
  DiskWorld world;
  Put brief = DiskWorld::body("k", "x");
  brief.ttl = 20s;
  world.put(brief);
  brief.key = "renewed";
  world.put(brief);
  brief.ttl = 100s;
  world.put(brief);
  EXPECT_EQ(world.losses(), 0U);
  world.clock.advance(20s);
  const std::uint64_t after = world.losses();
  EXPECT_GT(after, 0U);
  world.clock.advance(30s);
  EXPECT_EQ(world.losses(), after) << "nothing else has expired";
  EXPECT_EQ(world.count(), 1U);
}

TEST(DiskCache, AHotReadTouchesNoPool) {
  DiskWorld world;
  const Put one = DiskWorld::body("k", "x");
  world.put(one);
  world.pool.stop();
  const auto record = world.get("k");
  ASSERT_TRUE(record);
  EXPECT_EQ(record->bins[1].get(), one.bins[1].get()) << "the very bytes, no copy";
  EXPECT_EQ(world.run([&] { return world.store->get("s", {"other"}, {}); }).error().code,
            ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace layer::cache
