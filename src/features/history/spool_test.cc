#include "features/history/spool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "engine/storage/fault_file_system.h"
#include "engine/storage/memory_file_system.h"
#include "features/history/segment_text.h"
#include "features/history/test_world.h"

namespace layer::features::history {
namespace {

using engine::storage::FaultFileSystem;
using engine::storage::FileOperation;
using engine::storage::MemoryFileSystem;

NewRecord record(std::string line, std::int64_t at = kNoonNs, std::string ns = "films") {
  return {.ns = std::move(ns), .timestamp_ns = at, .line = std::move(line)};
}

class SpoolTest : public ::testing::Test {
 protected:
  std::unique_ptr<Spool> open(engine::storage::FileSystem& files,
                              std::uint64_t bytes_max = 1 << 30) {
    auto spool =
        Spool::open(files, clock_, {.dir = "/spool", .gateway = "g1", .bytes_max = bytes_max});
    EXPECT_TRUE(spool) << spool.error().message;
    return spool ? std::move(*spool) : nullptr;
  }
  static std::string all_lines(Spool& spool, std::string_view ns = "films") {
    std::string out;
    for (const SpoolText& text : spool.texts(ns, {}).value()) {
      out += text.lines();
    }
    return out;
  }
  std::vector<std::byte> only_log() {
    const auto names = files_.list("/spool").value();
    EXPECT_EQ(names.size(), 1U);
    return files_.read("/spool/" + names.at(0)).value();
  }
  core::ManualClock clock_{kNoonNs / kMsNs};
  MemoryFileSystem files_;
};

TEST_F(SpoolTest, AProcessThatIsKilledLosesNothingThatWasWritten) {
  open(files_)->append({record("{1}"), record("{2}", kNoonNs + kHourNs), record("{3}")});
  auto again = open(files_);
  EXPECT_EQ(all_lines(*again), "{1}\n{3}\n{2}\n");
  EXPECT_EQ(again->records(), 3U);
}

TEST_F(SpoolTest, AMachineThatDiesLosesOnlyWhatWasNotSynced) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    MemoryFileSystem files;
    {
      auto spool = open(files);
      spool->append({record("{synced}")});
      ASSERT_TRUE(spool->sync());
      spool->append({record("{a}"), record("{b}"), record("{c}")});
      files.lose_power(seed);
    }
    auto again = open(files);
    const std::string lines = all_lines(*again);
    const std::string whole = "{synced}\n{a}\n{b}\n{c}\n";
    ASSERT_GE(lines.size(), std::string("{synced}\n").size());
    EXPECT_EQ(whole.substr(0, lines.size()), lines) << "a prefix, and whole records";
    EXPECT_EQ(lines.back(), '\n');
  }
}

TEST_F(SpoolTest, ALogCutAnywhereIsReadUpToTheCut) {
  open(files_)->append({record("{1}"), record("{22}"), record("{333}")});
  const auto whole = only_log();
  const std::string text(reinterpret_cast<const char*>(whole.data()), whole.size());
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    SCOPED_TRACE(cut);
    MemoryFileSystem files;
    ASSERT_TRUE(files.create_directories("/spool"));
    auto file = files.create("/spool/0000000001.log").value();
    ASSERT_TRUE(file->append(std::span(whole).first(cut)));
    std::string expected;
    FrameReader frames(std::string_view(text).substr(0, cut));
    while (frames.next()) {
      if (frames.frame().kind == FrameKind::record) {
        expected += std::string(frames.frame().line) + "\n";
      }
    }
    auto spool = open(files);
    EXPECT_EQ(all_lines(*spool), expected);
    spool->append({record("{new}")});
    spool.reset();
    EXPECT_EQ(all_lines(*open(files)), expected + "{new}\n") << "and what follows is not lost";
  }
}

TEST_F(SpoolTest, DamageIsNeverTakenForARecord) {
  open(files_)->append({record("{\"one\":1}"), record("{\"two\":2}")});
  const auto whole = only_log();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    SCOPED_TRACE(at);
    auto bytes = whole;
    bytes[at] ^= std::byte{0x40};
    MemoryFileSystem files;
    ASSERT_TRUE(files.create_directories("/spool"));
    ASSERT_TRUE(files.create("/spool/0000000001.log").value()->append(bytes));
    const std::string lines = all_lines(*open(files));
    EXPECT_TRUE(lines.empty() || lines == "{\"one\":1}\n") << lines;
  }
}

TEST_F(SpoolTest, ASegmentKeepsItsNameThroughACrash) {
  std::string key;
  {
    auto spool = open(files_);
    spool->append({record("{1}"), record("{2}", kNoonNs + 5 * kMsNs)});
    ASSERT_TRUE(spool->seal(true));
    const auto taken = spool->take(10);
    ASSERT_EQ(taken.size(), 1U);
    key = spool->key_of(*taken[0]);
    spool->append({record("{3}")});  // belongs to the next one
    files_.lose_power();
  }
  auto again = open(files_);
  const auto taken = again->take(10);
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(again->key_of(*taken[0]), key);
  EXPECT_EQ(again->text(taken[0]).value().lines(), "{1}\n{2}\n");
}

TEST_F(SpoolTest, NamesAreNeverUsedTwiceEvenWhenClocksStepBack) {
  std::set<std::string> keys;
  for (int process = 0; process < 5; ++process) {
    auto spool = open(files_);
    for (int i = 0; i < 3; ++i) {
      spool->append({record("{}")});
      ASSERT_TRUE(spool->seal(true));
      const auto taken = spool->take(10);
      ASSERT_EQ(taken.size(), 1U);
      EXPECT_TRUE(keys.insert(spool->key_of(*taken[0])).second);
      spool->done(taken[0]);
    }
    clock_.set_wall_ms(clock_.wall_ms() - 60'000);
  }
  EXPECT_EQ(keys.size(), 15U);
}

TEST_F(SpoolTest, SpaceIsFreedAfterTheUpload) {
  auto spool = open(files_);
  for (int i = 0; i < 100; ++i) {
    spool->append({record(std::string(1000, 'x'))});
  }
  ASSERT_TRUE(spool->seal(true));
  EXPECT_GT(spool->bytes(), 100'000U);
  for (const auto& segment : spool->take(10)) {
    spool->done(segment);
  }
  EXPECT_LT(spool->bytes(), 100U) << "no more than the header of an empty log";
  EXPECT_EQ(files_.list("/spool").value().size(), 1U);
  EXPECT_EQ(all_lines(*open(files_)), "");
}

TEST_F(SpoolTest, GroupsAreSealedByAgeAndBySize) {
  auto spool = open(files_);
  spool->append({record("{1}")});
  ASSERT_TRUE(spool->seal(false));
  EXPECT_TRUE(spool->take(10).empty());
  clock_.advance(std::chrono::seconds(10));
  ASSERT_TRUE(spool->seal(false));
  EXPECT_EQ(spool->take(10).size(), 1U);
  spool->append({record(std::string(Spool::kSegmentBytes, 'x')), record("{2}", kNoonNs, "songs")});
  ASSERT_TRUE(spool->seal(false));
  const auto taken = spool->take(10);
  ASSERT_EQ(taken.size(), 1U) << "the small one of the other namespace waits";
  EXPECT_EQ(taken[0]->ns, "films");
}

TEST_F(SpoolTest, AFullSpoolDropsTheOldestAndSaysHowMany) {
  constexpr std::uint64_t kMax = 64 << 10;
  auto spool = open(files_, kMax);
  constexpr int kRecords = 500;
  for (int i = 0; i < kRecords; ++i) {
    spool->append(
        {record("{\"n\":" + std::to_string(i) + ",\"x\":\"" + std::string(1000, 'x') + "\"}")});
    EXPECT_LE(spool->bytes(), kMax + 4096);
  }
  const std::string lines = all_lines(*spool);
  const auto kept = static_cast<std::uint64_t>(std::ranges::count(lines, '\n'));
  EXPECT_GT(kept, 30U);
  EXPECT_EQ(spool->take_losses().full, kRecords - kept);
  EXPECT_EQ(spool->records(), kept);
  EXPECT_NE(lines.find("{\"n\":499,"), std::string::npos) << "the newest is there";
  EXPECT_EQ(lines.find("{\"n\":0,"), std::string::npos);
  EXPECT_EQ(all_lines(*open(files_, kMax)), lines);
}

TEST_F(SpoolTest, WhateverOperationFailsNothingIsInventedAndTheSpoolGoesOn) {
  FaultFileSystem counting(files_);
  const auto work = [&](engine::storage::FileSystem& files) {
    auto opened = Spool::open(files, clock_, {.dir = "/spool", .gateway = "g1"});
    if (!opened) {
      return;
    }
    for (int i = 0; i < 3; ++i) {
      (*opened)->append({record("{" + std::to_string(i) + "}")});
      static_cast<void>((*opened)->sync());
      static_cast<void>((*opened)->seal(true));
      if (i == 1) {
        for (const auto& segment : (*opened)->take(10)) {
          (*opened)->done(segment);
        }
      }
    }
  };
  work(counting);
  const std::uint64_t changes = counting.changes();
  ASSERT_GT(changes, 10U);
  for (std::uint64_t nth = 1; nth <= changes; ++nth) {
    SCOPED_TRACE(nth);
    MemoryFileSystem inner;
    FaultFileSystem files(inner);
    files.inject({.nth = nth, .torn_bytes = 5});
    work(files);
    files.clear();
    auto again = open(files);
    again->append({record("{9}")});
    const std::string lines = all_lines(*again);
    EXPECT_NE(lines.find("{9}\n"), std::string::npos);
    for_each_line(lines, [](std::string_view line) {
      EXPECT_TRUE(line == "{0}" || line == "{1}" || line == "{2}" || line == "{9}") << line;
      return true;
    });
  }
}

TEST_F(SpoolTest, ForgetsANamespaceUpToATime) {
  auto spool = open(files_);
  spool->append({record("{old}"), record("{new}", kNoonNs + 10), record("{x}", kNoonNs, "songs")});
  ASSERT_TRUE(spool->seal(true));
  spool->append({record("{old2}", kNoonNs + 1)});
  EXPECT_EQ(spool->forget("films", kNoonNs + 5).value(), 2U);
  EXPECT_EQ(all_lines(*spool), "{new}\n");
  EXPECT_EQ(all_lines(*spool, "songs"), "{x}\n");
  spool.reset();
  EXPECT_EQ(all_lines(*open(files_)), "{new}\n") << "for good";
}

}  // namespace
}  // namespace layer::features::history
