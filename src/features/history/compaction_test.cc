#include "features/history/compaction.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <set>

#include "async/fan_out.h"
#include "features/history/purge_segments.h"
#include "features/history/segment_text.h"
#include "features/history/test_world.h"

namespace layer::features::history {
namespace {

using objects::Fault;
using objects::Operation;
using std::chrono::hours;
using std::chrono::minutes;

class CompactionTest : public World {
 protected:
  // Two hours of a day in several segments.
  void fill() {
    open();
    for (int i = 0; i < 40; ++i) {
      QueryEntry entry = query(kNoonNs + i * kHourNs / 20, "q" + std::to_string(100 + i));
      entry.who.client_id = i % 3 == 0 ? "bob" : "ann";
      entry.who.user_id = i % 4 == 0 ? "eve" : "";
      history_->record(entry);
      history_->record(click(kNoonNs + i * kHourNs / 20, "q" + std::to_string(100 + i), "7"));
      if (i % 9 == 8) {
        flush();
      }
    }
    flush();
    clock_.advance(hours(24 * 3));
  }
  std::vector<std::string> everything() {
    std::vector<std::string> lines;
    for (const RecordKind kind : {RecordKind::query, RecordKind::click}) {
      for (Stored& record : newest(kind).records) {
        lines.push_back(std::move(record.json));
      }
    }
    return lines;
  }
  Compaction compaction(std::string gateway = "g1") {
    return {store_, pool_, clock_, log_, std::move(gateway)};
  }
  Result<Compaction::Outcome> compact(Compaction& compaction) {
    return run([&] { return compaction.compact("films", day_of(kNoonNs)); });
  }
  std::size_t uncompacted() {
    const auto all = keys();
    return static_cast<std::size_t>(std::ranges::count_if(
        all, [](const std::string& key) { return key.find("/day/") == std::string::npos; }));
  }
};

TEST_F(CompactionTest, ADayBecomesOneSegmentWithTheSameRecords) {
  fill();
  const auto before = everything();
  ASSERT_EQ(before.size(), 80U);
  const std::size_t segments = keys().size();
  auto one = compaction();
  const auto outcome = compact(one);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->merged, segments);
  EXPECT_EQ(outcome->written, 1U);
  EXPECT_EQ(everything(), before) << "while the old ones are still there";
  EXPECT_EQ(uncompacted(), segments) << "for whoever reads them now";
  clock_.advance(kGrace + minutes(1));
  const auto swept = compact(one);
  EXPECT_EQ(swept->removed, segments);
  EXPECT_EQ(uncompacted(), 0U);
  EXPECT_EQ(everything(), before);
  EXPECT_TRUE(compact(one)->settled);
}

TEST_F(CompactionTest, WhateverOperationFailsNoRecordIsTwiceOrLost) {
  for (const auto kind : {Fault::Kind::kBefore, Fault::Kind::kAfter}) {
    for (std::size_t nth = 0;; ++nth) {
      SCOPED_TRACE(nth);
      for (const std::string& key : keys()) {
        ASSERT_TRUE(run([&] { return objects_.remove(key); }));
      }
      clock_.set_wall_ms(kNoonNs / kMsNs);
      fill();
      const auto before = everything();
      ASSERT_EQ(before.size(), 80U);
      std::size_t operations = 0;
      bool struck = false;
      plan_ = [&](Operation, std::string_view) -> Fault {
        struck = struck || operations == nth;
        return {.kind = operations++ == nth ? kind : Fault::Kind::kNone};
      };
      auto one = compaction();
      static_cast<void>(compact(one));
      clock_.advance(kGrace + minutes(1));
      static_cast<void>(compact(one));
      plan_ = nullptr;
      ASSERT_EQ(everything(), before);
      clock_.advance(kAbandonedAfter + hours(1));
      ASSERT_TRUE(compact(one));
      clock_.advance(kGrace + minutes(1));
      ASSERT_TRUE(compact(one)->settled);
      ASSERT_EQ(everything(), before);
      ASSERT_EQ(uncompacted(), 0U);
      if (!struck) {
        break;
      }
    }
  }
}

TEST_F(CompactionTest, OfTwoGatewaysOneWins) {
  fill();
  const auto before = everything();
  auto one = compaction("g1");
  auto two = compaction("g2");
  bool raced = false;
  plan_ = [&](Operation operation, std::string_view key) -> Fault {
    // Another gateway compacts the day between this one's reading and its commit.
    if (operation == Operation::kPut && key.ends_with("index.json.zst") && !raced) {
      raced = true;
      return {.delay = std::chrono::milliseconds(200)};
    }
    return {};
  };
  auto outcomes = run([&]() -> async::Task<std::pair<ErrorCode, ErrorCode>> {
    ErrorCode codes[2] = {ErrorCode::kInternal, ErrorCode::kInternal};
    const auto each = [&](std::size_t i) -> async::Task<> {
      const auto outcome = co_await (i == 0 ? one : two).compact("films", day_of(kNoonNs));
      codes[i] = outcome ? ErrorCode::kInternal : outcome.error().code;
    };
    co_await async::fan_out(2, 2, each);
    co_return std::pair(codes[0], codes[1]);
  });
  EXPECT_TRUE((outcomes.first == ErrorCode::kConflict) !=
              (outcomes.second == ErrorCode::kConflict));
  EXPECT_EQ(everything(), before);
}

TEST_F(CompactionTest, ASegmentThatIsUploadedAgainAfterwardsDoesNotCountAgain) {
  fill();
  const auto before = everything();
  const std::string key = keys().front();
  const auto object = run([&] { return objects_.get(key); });
  auto one = compaction();
  ASSERT_TRUE(compact(one));
  clock_.advance(kGrace + minutes(1));
  ASSERT_TRUE(compact(one));
  ASSERT_TRUE(run([&] { return objects_.put(key, object->bytes, {}); }));
  EXPECT_EQ(everything(), before);
  ASSERT_TRUE(compact(one));
  EXPECT_EQ(uncompacted(), 0U);
}

TEST_F(CompactionTest, LateSegmentsAreAdded) {
  fill();
  auto one = compaction();
  ASSERT_TRUE(compact(one));
  history_->record(query(kNoonNs + 3, "late"));
  flush();
  const auto before = everything();
  ASSERT_EQ(before.size(), 81U);
  ASSERT_EQ(compact(one)->merged, 1U);
  EXPECT_EQ(everything(), before);
}

TEST_F(CompactionTest, RetentionRemovesWholeDays) {
  fill();
  history_->record(query(kNoonNs + kDayNs, "q2"));
  flush();
  auto one = compaction();
  const auto expire = [&](std::int64_t days) {
    return run([&] { return one.expire("films", days); }).value();
  };
  EXPECT_EQ(expire(3), 0U) << "the day ended less than three days ago";
  EXPECT_GT(expire(2), 0U);
  EXPECT_EQ(ids(newest()), std::vector<std::string>{"q2"});
  EXPECT_EQ(expire(0), 1U);
  EXPECT_TRUE(newest().records.empty());
}

TEST_F(CompactionTest, HousekeepingFollowsTheIndex) {
  fill();
  index_ = std::make_shared<resources::IndexSpec>();
  index_->history_retention = hours(24 * 2);
  clock_.advance(SettingsCache::kRefreshAfter);
  ASSERT_TRUE(run([&] { return history_->housekeep(); }));
  EXPECT_TRUE(keys().empty());
}

TEST_F(CompactionTest, NamespacesAndDaysAreFound) {
  open();
  for (const char* ns : {"a", "a-b", "a.b", "a0", "ab"}) {
    history_->record(query(kNoonNs, "q", ns));
    history_->record(query(kNoonNs - 400 * kDayNs, "q", ns));
  }
  flush();
  clock_.advance(hours(48));
  auto one = compaction();
  const auto found = run([&] { return one.namespaces(); }).value();
  EXPECT_EQ(std::set<std::string>(found.begin(), found.end()),
            (std::set<std::string>{"a", "a-b", "a.b", "a0", "ab"}));
  EXPECT_EQ(found.size(), 5U);
  EXPECT_EQ(run([&] { return one.days("a", std::numeric_limits<std::int64_t>::min()); }).value(),
            (std::vector<std::int64_t>{day_of(kNoonNs) - 400, day_of(kNoonNs)}));
}

class PurgeTest : public CompactionTest {
 protected:
  PurgeCount purge(PurgeAsk ask) {
    const auto count = run([&] { return history_->purge("films", ask); });
    EXPECT_TRUE(count) << count.error().message;
    return count.value_or(PurgeCount{});
  }
  // What a purge should leave.
  static std::vector<std::string> without(std::vector<std::string> lines, std::string_view text) {
    std::erase_if(lines, [&](const std::string& line) { return line.contains(text); });
    return lines;
  }
};

TEST_F(PurgeTest, RemovesAClientFromSegmentsAndSpoolAndCounts) {
  fill();
  history_->record(query(kNoonNs + kDayNs * 3, "spooled"));
  const auto before = everything();
  const PurgeCount count = purge({.client_id = "ann"});
  EXPECT_EQ(count.queries, 26U + 1U);
  EXPECT_EQ(count.clicks, 40U);
  EXPECT_EQ(everything(), without(before, R"("client_id":"ann")"));
  EXPECT_EQ(purge({.client_id = "ann"}).queries, 0U) << "nothing is left to count";
}

TEST_F(PurgeTest, RemovesAUser) {
  fill();
  const auto before = everything();
  EXPECT_EQ(purge({.user_id = "eve"}).queries, 10U);
  EXPECT_EQ(everything(), without(before, R"("user_id":"eve")"));
}

TEST_F(PurgeTest, RemovesWhatIsOlder) {
  fill();
  const PurgeCount count = purge({.before_ns = kNoonNs + kHourNs});
  EXPECT_EQ(count.queries, 20U);
  EXPECT_EQ(count.clicks, 20U);
  const Page left = newest();
  ASSERT_EQ(left.records.size(), 20U);
  EXPECT_EQ(left.records.back().timestamp_ns, kNoonNs + kHourNs);
}

TEST_F(PurgeTest, CountsOnceWhatCompactionHasInTwoPlaces) {
  fill();
  auto one = compaction();
  ASSERT_TRUE(compact(one));
  EXPECT_EQ(purge({.client_id = "bob"}).queries, 14U);
  EXPECT_EQ(without(everything(), "bob").size(), 66U);
  clock_.advance(kGrace + minutes(1));
  ASSERT_TRUE(compact(one));
  EXPECT_EQ(everything().size(), 66U);
}

TEST_F(PurgeTest, ACompactionAtTheSameTimeBringsNothingBack) {
  // The purge as a whole runs before each of the compaction's operations in turn.
  for (std::size_t nth = 0;; ++nth) {
    SCOPED_TRACE(nth);
    for (const std::string& key : keys()) {
      ASSERT_TRUE(run([&] { return objects_.remove(key); }));
    }
    clock_.set_wall_ms(kNoonNs / kMsNs);
    fill();
    const auto expected = without(everything(), R"("client_id":"bob")");
    async::Loops other(1, "purge");
    std::size_t operations = 0;
    bool purged = false;
    plan_ = [&](Operation, std::string_view) -> Fault {
      if (operations++ == nth) {
        purged = true;
        const auto count = async::run_blocking(other.at(0), [&] {
          return purge_segments(objects_, pool_, "films", {.client_id = "bob"});
        });
        EXPECT_TRUE(count);
      }
      return {};
    };
    auto one = compaction();
    static_cast<void>(compact(one));
    plan_ = nullptr;
    if (!purged) {
      break;
    }
    ASSERT_EQ(everything(), expected);
    clock_.advance(kAbandonedAfter + hours(1));
    ASSERT_TRUE(compact(one));
    clock_.advance(kGrace + minutes(1));
    ASSERT_TRUE(compact(one));
    ASSERT_EQ(everything(), expected);
  }
}

}  // namespace
}  // namespace layer::features::history
