// What the protocol stores survives its way to bytes and back, and damage is told from content.
#include <gtest/gtest.h>

#include <string>

#include "cache/cache_keys.h"
#include "cache/fence_records.h"
#include "cache/merge_row.h"
#include "cache/record_head.h"
#include "cache/row_records.h"

namespace layer::cache {
namespace {

RecordHead full_head() {
  RecordHead head{.epoch = 1,
                  .generation = ~std::uint64_t{0},
                  .seq = 3,
                  .state = RowState::kPresent,
                  .attributes_complete = true,
                  .kept = true,
                  .expires_ms = 1'700'000'000'123,
                  .changed_ms = -4,
                  .contended_ms = 5,
                  .stamp = {.ms = 1'700'000'000'000, .counter = 9, .gateway = 11},
                  .body_checksum = 42};
  for (std::uint64_t i = 0; i < kLeasesMax; ++i) {
    head.leases.push_back({.id = i, .gateway = i * i, .until_ms = 1000 + static_cast<int>(i)});
  }
  return head;
}

// Every single flipped bit, and every shorter text, is noticed.
template <class Decode>
void expect_damage_seen(const std::string& bytes, Decode decode) {
  for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
    std::string damaged = bytes;
    damaged[i / 8] = static_cast<char>(damaged[i / 8] ^ (1 << (i % 8)));
    EXPECT_FALSE(decode(damaged)) << "bit " << i;
  }
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode(bytes.substr(0, size))) << size << " bytes";
  }
}

TEST(RecordHead, SurvivesAndShowsDamage) {
  const RecordHead head = full_head();
  EXPECT_EQ(decode_head(encode(head)), head);
  EXPECT_EQ(decode_head(encode(RecordHead{})), RecordHead{});
  expect_damage_seen(encode(head), decode_head);
}

TEST(FenceRecords, SurviveAndShowDamage) {
  const NamespaceFence fence{.generation = 7, .fill_epoch = 8, .open = {{1, 2, 3}, {4, 5, 6}}};
  EXPECT_EQ(decode_fence(encode(fence)), fence);
  expect_damage_seen(encode(fence), decode_fence);
  const Member member{.run = 1, .beat = 2, .left = true};
  EXPECT_EQ(decode_member(encode(member)), member);
  expect_damage_seen(encode(member), decode_member);
  const CertificateRecord record{.certificate = {.epoch = 1,
                                                 .generation = 2,
                                                 .watermark_ms = 3,
                                                 .warmed_at_ms = 4,
                                                 .rows = 5,
                                                 .losses = 6,
                                                 .gateway = 7,
                                                 .certified = true},
                                 .warming = true};
  EXPECT_EQ(decode_certificate(encode(record)), record);
  expect_damage_seen(encode(record), decode_certificate);
  EXPECT_EQ(decode_epoch(encode_epoch(9)), 9U);
  EXPECT_FALSE(decode_epoch(encode(member)));
}

TEST(Leases, LiveASecondLongerThanTheySay) {
  RecordHead head;
  head.add_lease({.id = 1, .until_ms = 100}, 0);
  EXPECT_TRUE(head.fenced(100 + kLeaseGraceMs - 1));
  EXPECT_FALSE(head.fenced(100 + kLeaseGraceMs));
  head.drop_lease(1);
  EXPECT_FALSE(head.fenced(0));
}

TEST(Leases, TheNinthIsContention) {
  RecordHead head;
  for (std::uint64_t i = 0; i <= kLeasesMax; ++i) {
    head.add_lease({.id = i, .until_ms = 1000 + static_cast<int>(i)}, 0);
  }
  EXPECT_EQ(head.leases.size(), kLeasesMax);
  EXPECT_EQ(head.find_lease(kLeasesMax), nullptr);
  EXPECT_EQ(head.contended_ms, 1000 + static_cast<int>(kLeasesMax));
  for (std::uint64_t i = 0; i < kLeasesMax; ++i) {
    head.drop_lease(i);
  }
  EXPECT_TRUE(head.fenced(1500));
}

TEST(Leases, ThoseThatAreOverMakeRoom) {
  RecordHead head;
  for (std::uint64_t i = 0; i < kLeasesMax; ++i) {
    head.add_lease({.id = i, .until_ms = 10}, 0);
  }
  head.add_lease({.id = 99, .until_ms = 9000}, 5000);
  EXPECT_EQ(head.leases.size(), 1U);
  EXPECT_EQ(head.contended_ms, 0);
}

TEST(RowKeys, TellKindsAndStoresApart) {
  const wire::Id number = std::uint64_t{7};
  const wire::Id text = std::string("7");
  EXPECT_NE(row_key("a", number), row_key("a", text));
  EXPECT_NE(row_key("a", number), row_key("b", number));
  for (const wire::Id& id :
       {number, text, wire::Id(*wire::parse_uuid("0a0b0c0d-0102-0304-0506-070809101112"))}) {
    EXPECT_EQ(id_of_key("a", *row_key("a", id)), id);
    EXPECT_FALSE(id_of_key("b", *row_key("a", id)));
  }
  EXPECT_FALSE(row_key("a", std::string(65, 'x')));
  EXPECT_LE(row_key(std::string(300, 's'), std::string(64, 'x'))->size(), kKeyBytesMax);
}

TEST(RowRecords, ABodyThatIsNotItsHeadsIsDamage) {
  RecordHead head = full_head();
  Put put =
      put_row("k", head, std::make_shared<const std::string>("{}"), Condition::none(), 0, false);
  Record record{.bins = put.bins, .version = 1};
  EXPECT_FALSE(read_row(record, true).damaged);
  record.bins[static_cast<std::size_t>(Bin::kBody)] = std::make_shared<const std::string>("[]");
  EXPECT_TRUE(read_row(record, true).damaged);
  record.bins[static_cast<std::size_t>(Bin::kBody)] = nullptr;
  EXPECT_TRUE(read_row(record, true).damaged);
  EXPECT_FALSE(read_row(record, false).damaged);
}

TEST(RowRecords, OutliveTheirLeasesByMoreThanAFillCanBeOld) {
  RecordHead head;
  head.add_lease({.id = 1, .until_ms = 5000}, 0);
  const Put put = put_row("k", head, nullptr, Condition::none(), 0, true);
  EXPECT_EQ(put.ttl, std::chrono::milliseconds(5000 + kLeaseGraceMs) + kFenceTtl);
  EXPECT_EQ(put.hold, put.ttl);
  // Also where a row is served for less.
  const RecordHead brief{.state = RowState::kPresent, .expires_ms = 1000};
  EXPECT_EQ(put_row("k", brief, nullptr, Condition::none(), 0, false).ttl, kFenceTtl);
}

TEST(MergeRow, ReplacesWhatTheRowHas) {
  EXPECT_EQ(merge_row(R"({"a":1,"b":[1,{"a":2}],"c":"x"})", R"({"c":null})"), std::nullopt);
  EXPECT_EQ(merge_row(R"({"a":1,"b":[1,{"a":2}],"c":"x"})", R"({"c":"y","a":[]})"),
            R"({"a":[],"b":[1,{"a":2}],"c":"y"})");
}

TEST(MergeRow, IsNotCertainOfNewNamesOrOddObjects) {
  EXPECT_EQ(merge_row(R"({"a":1})", R"({"b":1})"), std::nullopt);
  EXPECT_EQ(merge_row(R"({"a":1,"a":2})", R"({"a":3})"), std::nullopt);
  EXPECT_EQ(merge_row(R"({"a":1})", R"({"\u0061":3})"), std::nullopt);
  EXPECT_EQ(merge_row(R"([1])", R"({"a":3})"), std::nullopt);
  EXPECT_EQ(merge_row(R"({"a":1)", R"({"a":3})"), std::nullopt);
}

}  // namespace
}  // namespace layer::cache
