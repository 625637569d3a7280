#include "cache/rocksdb/stored_record.h"

#include <gtest/gtest.h>

#include <fstream>

#include "cache/rocksdb/closed_marker.h"
#include "testing/source_dir.h"

namespace layer::cache {
namespace {

const std::string kKey = disk_key(Part::kAttributes, "documents", "u7");

Bins golden_bins() {
  return {std::make_shared<const std::string>("head"),
          std::make_shared<const std::string>(R"({"title":"golden"})"),
          std::make_shared<const std::string>("vectors"), nullptr};
}

constexpr StoredMeta kMeta{.version = 300,
                           .expires_ms = 1'700'000'060'000,
                           .held_until_ms = 0,
                           .vectors_bytes = 7,
                           .has_vectors = true};

ClosedMarker golden_marker() {
  return {.last_version = 300,
          .closed_ms = 1'700'000'000'000,
          .slices = {{.id = 0},
                     {.id = 4,
                      .last_put_ms = 1'699'999'999'000,
                      .live_bytes = 4096,
                      .shares = {{"documents", {.records = 3, .min_expires_ms = kNever}},
                                 {"members", {.records = 1, .min_expires_ms = 5}}}}}};
}

std::string golden_file(const char* name) {
  std::ifstream file(testing::source_dir() / "tests" / "golden" / name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A difference here means: raise the version in `closed`, or caches of older programs are misread.
TEST(DiskFormat, IsStillWhatTheGoldenFilesHold) {
  EXPECT_EQ(encode_attributes(kKey, kMeta, golden_bins()), golden_file("cache-attributes-v1.bin"));
  EXPECT_EQ(encode_vectors(disk_key(Part::kVectors, "documents", "u7"), 300, "vectors"),
            golden_file("cache-vectors-v1.bin"));
  EXPECT_EQ(encode_closed(golden_marker()), golden_file("cache-closed-v1.bin"));
}

TEST(DiskFormat, ReadsBackWhatItWrote) {
  const auto record =
      decode_attributes(kKey, encode_attributes(kKey, kMeta, golden_bins()), BinSet::all());
  ASSERT_TRUE(record);
  EXPECT_EQ(record->meta, kMeta);
  EXPECT_EQ(*record->record.bins[0], "head");
  EXPECT_EQ(record->record.bins[2], nullptr) << "vectors lie apart";
  EXPECT_EQ(record->record.bins[3], nullptr);
  EXPECT_EQ(decode_closed(encode_closed(golden_marker())).value(), golden_marker());
}

TEST(DiskFormat, VectorsAreNotAmongTheAttributes) {
  EXPECT_EQ(encode_attributes(kKey, kMeta, golden_bins()).find("vectors"), std::string::npos);
}

TEST(DiskFormat, EveryChangedByteIsFoundOut) {
  const std::string value = encode_attributes(kKey, kMeta, golden_bins());
  const std::string marker = encode_closed(golden_marker());
  for (std::size_t i = 0; i < value.size(); ++i) {
    std::string changed = value;
    changed[i] = static_cast<char>(changed[i] ^ 0x10);
    EXPECT_FALSE(decode_attributes(kKey, changed, BinSet::all())) << i;
    EXPECT_FALSE(decode_attributes(kKey, value.substr(0, i), BinSet::all())) << i;
  }
  for (std::size_t i = 0; i < marker.size(); ++i) {
    std::string changed = marker;
    changed[i] = static_cast<char>(changed[i] ^ 0x10);
    EXPECT_FALSE(decode_closed(changed)) << i;
    EXPECT_FALSE(decode_closed(marker.substr(0, i))) << i;
  }
}

TEST(DiskFormat, AValueUnderAnotherKeyIsDamaged) {
  const std::string value = encode_attributes(kKey, kMeta, golden_bins());
  EXPECT_FALSE(
      decode_attributes(disk_key(Part::kAttributes, "documents", "u8"), value, BinSet::all()));
}

TEST(DiskFormat, LengthsThatCannotBeTrueAllocateNothing) {
  // version 1, no expiry, no hold, a body of 2^60 bytes
  const std::string content = std::string("\x01\x00\x00\x02", 4) + std::string(8, '\x80') + '\x10';
  EXPECT_FALSE(decode_attributes(kKey, seal_record(kKey, content), BinSet::all()));
}

TEST(DiskFormat, KeysOfASetLieTogether) {
  const std::string names[] = {"a", "ab", "b", std::string("\xff"), std::string(256, '\xff')};
  for (const std::string& set : names) {
    for (const Part part : {Part::kAttributes, Part::kVectors}) {
      for (const std::string& other : names) {
        const std::string key = disk_key(part, other, "\xff\xff");
        const bool inside = disk_set_begin(part, set) <= key && key < disk_set_end(part, set);
        EXPECT_EQ(inside, set == other) << set << " " << other;
      }
    }
    std::string_view found_set;
    std::string_view found_key;
    const std::string key = disk_key(Part::kAttributes, set, "key");
    ASSERT_TRUE(split_disk_key(key, found_set, found_key));
    EXPECT_EQ(found_set, set);
    EXPECT_EQ(found_key, "key");
  }
}

}  // namespace
}  // namespace layer::cache
