#include "features/history/history.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <thread>
#include <tuple>

#include "features/history/intake.h"
#include "features/history/query_index.h"
#include "features/history/test_world.h"

namespace layer::features::history {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

class HistoryTest : public World {};

TEST_F(HistoryTest, WhatWasRecordedIsListedAtOnce) {
  open().record(query(kNoonNs, "q1"));
  history_->record(click(kNoonNs + 1, "q1", "7"));
  EXPECT_EQ(ids(newest()), std::vector<std::string>{"q1"});
  const Page clicks = newest(RecordKind::click);
  ASSERT_EQ(clicks.records.size(), 1U);
  EXPECT_NE(clicks.records[0].json.find(R"("doc_id":7)"), std::string::npos);
  EXPECT_EQ(clicks.records[0].json.find(R"("t":)"), std::string::npos);
  EXPECT_EQ(counted(R"(layer_history_records_total{kind="query"})"), 1U);
  EXPECT_TRUE(keys().empty()) << "from the spool alone";
}

TEST_F(HistoryTest, AFlushMakesOneObjectForEachNamespaceAndHour) {
  open();
  history_->record(query(kNoonNs, "q1"));
  history_->record(query(kNoonNs + kHourNs, "q2"));
  history_->record(query(kNoonNs + 1, "q3"));
  history_->record(query(kNoonNs, "q4", "songs"));
  flush();
  const auto all = keys();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].substr(0, 32), "history/films/2023-11-15/12/g1-1");
  EXPECT_EQ(all[1].substr(0, 32), "history/films/2023-11-15/13/g1-1");
  EXPECT_EQ(all[2].substr(0, 32), "history/songs/2023-11-15/12/g1-1");
  EXPECT_EQ(ids(newest()), (std::vector<std::string>{"q2", "q3", "q1"}));
  EXPECT_EQ(counted(R"(layer_history_flush_total{status="ok"})"), 3U);
}

TEST_F(HistoryTest, LoopsWriteAndUploadByThemselves) {
  open({.fsync_every = std::chrono::milliseconds(1), .flush_every = std::chrono::milliseconds(0)});
  history_->start();
  history_->record(query(kNoonNs, "q1"));
  while (keys().empty()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  close();
  EXPECT_EQ(keys().size(), 1U);
}

TEST_F(HistoryTest, StoppingUploadsWhatIsQueued) {
  open().start();
  history_->record(query(kNoonNs, "q1"));
  close();
  EXPECT_EQ(keys().size(), 1U);
}

TEST_F(HistoryTest, WithoutTheObjectStoreRecordsWaitInTheSpoolThroughRestarts) {
  plan_ = [](objects::Operation operation, std::string_view) -> objects::Fault {
    return {.kind = operation == objects::Operation::kPut ? objects::Fault::Kind::kBefore
                                                          : objects::Fault::Kind::kNone};
  };
  open().record(query(kNoonNs, "q1"));
  EXPECT_FALSE(run([&] { return history_->flush(); }));
  EXPECT_EQ(ids(newest()), std::vector<std::string>{"q1"});
  open().record(query(kNoonNs + 1, "q2"));
  EXPECT_EQ(ids(newest()), (std::vector<std::string>{"q2", "q1"}));
  plan_ = nullptr;
  flush();
  EXPECT_EQ(keys().size(), 2U);
  EXPECT_EQ(ids(newest()), (std::vector<std::string>{"q2", "q1"}));
}

TEST_F(HistoryTest, AnUploadWhoseAnswerIsLostMakesNoDuplicate) {
  bool lost = true;
  plan_ = [&](objects::Operation operation, std::string_view) -> objects::Fault {
    return {.kind = operation == objects::Operation::kPut && lost ? objects::Fault::Kind::kAfter
                                                                  : objects::Fault::Kind::kNone};
  };
  open().record(query(kNoonNs, "q1"));
  EXPECT_FALSE(run([&] { return history_->flush(); }));
  EXPECT_EQ(keys().size(), 1U);
  EXPECT_EQ(newest().records.size(), 1U) << "uploaded, and in the spool still";
  open();
  EXPECT_EQ(newest().records.size(), 1U) << "and after a restart";
  lost = false;
  flush();
  EXPECT_EQ(keys().size(), 1U);
  EXPECT_EQ(newest().records.size(), 1U);
}

// Random records over days and hours, some with the same time and query id, kept partly in
// segments of two gateways, partly in the spool.
class ListTest : public World {
 protected:
  struct Expected {
    std::int64_t at;
    std::string id;
    std::string doc;
  };
  void fill(std::uint64_t seed, std::size_t count) {
    std::mt19937_64 random(seed);
    for (std::size_t i = 0; i < count; ++i) {
      if (random() % (count / 6 + 1) == 0) {
        flush();
      }
      if (random() % (count / 3 + 1) == 0) {
        gateway_ = gateway_ == "g1" ? "g2" : "g1";
        open();
      }
      const std::int64_t day = static_cast<std::int64_t>(random() % 4) * kDayNs * 11;
      const std::int64_t at = kNoonNs - day +
                              static_cast<std::int64_t>(random() % 50) * kHourNs / 10 +
                              static_cast<std::int64_t>(random() % 3);
      const std::string id = "q" + std::to_string(random() % 5);
      const std::string doc = std::to_string(i);
      history_->record(click(at, id, doc));
      expected_.push_back({at, id, doc});
    }
    std::ranges::sort(expected_, [](const Expected& a, const Expected& b) {
      return std::tie(a.at, a.id) > std::tie(b.at, b.id);
    });
  }
  // Records as listed; those with the same time and id have no order that was promised.
  void expect_equal(const std::vector<Stored>& records, std::size_t begin = 0) {
    ASSERT_EQ(records.size(), expected_.size() - begin);
    std::set<std::string> docs;
    std::set<std::string> expected_docs;
    for (std::size_t i = 0; i < records.size(); ++i) {
      EXPECT_EQ(records[i].timestamp_ns, expected_[begin + i].at);
      EXPECT_EQ(records[i].query_id, expected_[begin + i].id);
      const std::string& json = records[i].json;
      const std::size_t at = json.find(R"("doc_id":)") + 9;
      EXPECT_TRUE(docs.insert(json.substr(at, json.find(',', at) - at)).second) << "repeated";
      expected_docs.insert(expected_[begin + i].doc);
    }
    if (begin == 0) {
      EXPECT_EQ(docs, expected_docs);
    }
  }
  void expect_pages(std::size_t limit) {
    std::vector<Stored> records;
    std::optional<Position> before;
    do {
      Page page = newest(RecordKind::click, {}, before, limit);
      ASSERT_LE(page.records.size(), limit);
      ASSERT_FALSE(page.records.empty() && page.next) << "no progress";
      std::ranges::move(page.records, std::back_inserter(records));
      before = page.next;
    } while (before);
    expect_equal(records);
  }

  std::vector<Expected> expected_;
};

TEST_F(ListTest, PagesOfAnySizeShowEveryRecordOnceNewestFirst) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE(seed);
    expected_.clear();
    close();
    for (std::vector<std::string> all = keys(); !all.empty(); all = keys()) {
      for (const std::string& key : all) {
        ASSERT_TRUE(run([&] { return objects_.remove(key); }));
      }
    }
    ASSERT_TRUE(files_.remove_all("/data"));
    open();
    fill(seed, 120);
    for (const std::size_t limit : {1U, 2U, 7U, 119U, 120U, 500U}) {
      SCOPED_TRACE(limit);
      expect_pages(limit);
    }
  }
}

TEST_F(ListTest, APageMayBeginAtAnyTime) {
  open();
  fill(42, 100);
  for (std::size_t i = 0; i < expected_.size(); ++i) {
    const std::int64_t before = expected_[i].at;
    const auto first =
        std::ranges::find_if(expected_, [&](const auto& e) { return e.at < before; });
    const Page page = newest(RecordKind::click, {}, Position{.timestamp_ns = before}, 1000);
    expect_equal(page.records, static_cast<std::size_t>(first - expected_.begin()));
  }
}

TEST_F(ListTest, PagesStayTheSameWhileRecordsMoveFromTheSpoolIntoCompactedSegments) {
  open();
  fill(7, 150);
  expect_pages(10);
  flush();
  expect_pages(10);
  clock_.advance(hours(24 * 10));
  ASSERT_TRUE(run([&] { return history_->housekeep(); }));
  expect_pages(10);
  clock_.advance(hours(1));
  ASSERT_TRUE(run([&] { return history_->housekeep(); }));
  for (const std::string& key : keys()) {
    EXPECT_NE(key.find("/day/"), std::string::npos) << key;
  }
  expect_pages(10);
}

TEST_F(HistoryTest, AScanTellsEverythingOfItsRange) {
  open();
  for (int i = 0; i < 30; ++i) {
    history_->record(query(kNoonNs + i * kHourNs / 4, "q" + std::to_string(i)));
    history_->record(click(kNoonNs + i * kHourNs / 4, "q", std::to_string(i)));
    if (i % 7 == 0) {
      flush();
    }
  }
  std::multiset<std::int64_t> told;
  const TimeRange range{.from_ns = kNoonNs + kHourNs, .to_ns = kNoonNs + 3 * kHourNs};
  auto scan = [&](ScanLimits limits) {
    told.clear();
    return run([&] {
             return history_->scan("films", range, limits, [&](const Stored& record) {
               told.insert(record.timestamp_ns);
               return true;
             });
           })
        .value();
  };
  const ScanEnd end = scan({});
  EXPECT_EQ(end.records, 16U);
  EXPECT_FALSE(end.truncated);
  EXPECT_EQ(*told.begin(), kNoonNs + kHourNs);
  EXPECT_EQ(*told.rbegin(), kNoonNs + 3 * kHourNs - kHourNs / 4);
  const ScanEnd cut = scan({.max_records = 5});
  EXPECT_EQ(cut.records, 5U);
  EXPECT_TRUE(cut.truncated);
  int calls = 0;
  const auto early = run(
      [&] { return history_->scan("films", {}, {}, [&](const Stored&) { return ++calls < 3; }); });
  EXPECT_EQ(calls, 3);
  EXPECT_FALSE(early.value().truncated);
}

TEST_F(HistoryTest, ADamagedSegmentIsLeftOutOfLists) {
  open().record(query(kNoonNs, "q1"));
  flush();
  ASSERT_TRUE(run(
      [&] { return objects_.put("history/films/2023-11-15/12/g9-1.ndjson.zst", "no zstd", {}); }));
  EXPECT_EQ(ids(newest()), std::vector<std::string>{"q1"});
}

TEST_F(HistoryTest, RecordsOfTomorrowAreListed) {
  open().record(query(kNoonNs + 40 * kDayNs, "q1"));
  flush();
  history_->record(query(kNoonNs, "q2"));
  EXPECT_EQ(ids(newest()), (std::vector<std::string>{"q1", "q2"}));
}

TEST_F(HistoryTest, DaysWithMoreSegmentsThanAListingAreReadByTheHour) {
  open();
  for (int i = 0; i < 1100; ++i) {
    history_->record(query(kNoonNs - i * kHourNs / 100, "q" + std::to_string(i)));
    if (i % 20 == 19) {
      flush();
    }
  }
  // Empty ones that only make the listing long.
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(run([&] {
      return objects_.put("history/films/2023-11-15/00/x-" + std::to_string(i) + ".ndjson.zst", "",
                          {});
    }));
  }
  std::size_t lists = 0;
  plan_ = [&](objects::Operation operation, std::string_view) -> objects::Fault {
    lists += operation == objects::Operation::kList ? 1 : 0;
    return {};
  };
  const Page page = newest(RecordKind::query, {}, std::nullopt, 100);
  ASSERT_EQ(page.records.size(), 100U);
  EXPECT_EQ(page.records.back().query_id, "q99");
  EXPECT_LT(lists, 24U) << "older hours were not listed";
}

TEST_F(HistoryTest, HistoryThatIsOffKeepsNothing) {
  index_ = std::make_shared<resources::IndexSpec>();
  index_->history_redact = {{.pattern = "(", .replace = ""}};
  open().record(query(kNoonNs, "q1"));
  EXPECT_TRUE(newest().records.empty());
  EXPECT_EQ(counted(R"(layer_history_dropped_total{reason="configuration"})"), 1U);
}

TEST_F(HistoryTest, NothingIsWrittenBeforeItIsRedacted) {
  index_ = std::make_shared<resources::IndexSpec>();
  index_->history_presets = {"email"};
  QueryEntry entry = query(kNoonNs, "q1");
  entry.who.raw_query = "ann@example.org";
  open().record(entry);
  EXPECT_NE(newest().records.at(0).json.find("[redacted]"), std::string::npos);
  for (const std::string& name : files_.list("/data/spool/history").value()) {
    const auto bytes = files_.read("/data/spool/history/" + name).value();
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    EXPECT_EQ(text.find("example.org"), std::string_view::npos);
  }
}

TEST_F(HistoryTest, NamesThatNoObjectCanHaveAreCounted) {
  open().record(query(kNoonNs, "q1", "a/b"));
  history_->record(query(kNoonNs, "q1", ".."));
  newest();
  EXPECT_EQ(counted(R"(layer_history_dropped_total{reason="namespace"})"), 2U);
}

TEST_F(HistoryTest, ForgetsADeletedNamespace) {
  open().record(query(kNoonNs, "q1"));
  EXPECT_TRUE(history_->find("q1"));
  EXPECT_EQ(run([&] { return history_->forget("films", kNoonNs / kMsNs); }).value(), 1U);
  EXPECT_TRUE(newest().records.empty());
  EXPECT_FALSE(history_->find("q1"));
}

TEST(IntakeTest, DropsWhatDoesNotFitAndWakesOnce) {
  int wakes = 0;
  Intake intake([&] { ++wakes; });
  for (std::size_t i = 0; i < Intake::kRecordsMax; ++i) {
    ASSERT_TRUE(intake.push(Click{}));
  }
  EXPECT_FALSE(intake.push(Click{}));
  EXPECT_EQ(wakes, 1);
  EXPECT_EQ(intake.take().size(), Intake::kRecordsMax);
  Click large;
  large.ubi.resize(Intake::kBytesMax);
  EXPECT_FALSE(intake.push(large)) << "bytes are bounded as well";
  intake.close();
  EXPECT_FALSE(intake.push(Click{}));
}

TEST(QueryIndexTest, FindsTheBestOfARequestAndTheLatestOfAnId) {
  core::ManualClock clock;
  QueryIndex index(clock);
  index.add(query(kNoonNs, "q1", "best"));
  index.add(query(kNoonNs, "q1", "second"));
  EXPECT_EQ(index.find("q1")->ns, "best");
  EXPECT_EQ(index.find("q1")->top_ids, (std::vector<std::string>{"7", "\"b\""}));
  QueryEntry later = query(kNoonNs, "q1", "later");
  later.trace_id = "another";
  index.add(later);
  EXPECT_EQ(index.find("q1")->ns, "later");
  EXPECT_FALSE(index.find("q2"));
  clock.advance(QueryIndex::kKeptFor + seconds(1));
  EXPECT_FALSE(index.find("q1"));
}

TEST(QueryIndexTest, HoldsNoMoreThanItsBytes) {
  core::ManualClock clock;
  QueryIndex index(clock, 100'000);
  for (int i = 0; i < 10'000; ++i) {
    index.add(query(kNoonNs, "q" + std::to_string(i)));
    ASSERT_LE(index.bytes(), 100'000U);
  }
  EXPECT_TRUE(index.find("q9999"));
  EXPECT_FALSE(index.find("q0"));
}

}  // namespace
}  // namespace layer::features::history
