// What every kind of record store promises, as tests that run over each of them. A kind's
// conformance_test.cc includes this once and lists its worlds:
//
//   INSTANTIATE_TEST_SUITE_P(Kinds, RecordStoreTest, ::testing::Values(RecordStoreKind{...}),
//                            record_store_kind_name);
//
// Thread safety: tests run one at a time; a world's store is used from several loops.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "async/loops.h"
#include "async/run.h"
#include "async/task_group.h"
#include "cache/record_store.h"
#include "core/random.h"

namespace layer::cache {

// A store with what it needs around it. It is made and destroyed on the test's thread, while the
// loops of the test run.
class RecordStoreWorld {
 public:
  virtual ~RecordStoreWorld() = default;
  virtual RecordStore& store() = 0;
  // The store's time moves on: by a clock of the test, or by sleeping.
  virtual void pass(std::chrono::milliseconds time) = 0;
  // False where an expiry is seen by nobody, so that losses() cannot tell of it.
  virtual bool counts_expiries() const { return true; }
};

struct RecordStoreKind {
  std::string name;
  // Null: this kind cannot be tested here (no server); the tests are skipped.
  std::unique_ptr<RecordStoreWorld> (*make)(async::Loop& loop);
};

inline std::string record_store_kind_name(const ::testing::TestParamInfo<RecordStoreKind>& info) {
  return info.param.name;
}

class RecordStoreTest : public ::testing::TestWithParam<RecordStoreKind> {
 protected:
  using Kind = PutOutcome::Kind;

  void SetUp() override {
    if (world == nullptr) {
      GTEST_SKIP() << "no server for this kind";
    }
  }

  RecordStore& store() { return world->store(); }
  template <class Make>
  auto run(Make make) {
    return async::run_blocking(loops.at(0), make);
  }

  static Bytes bytes(std::string text) {
    return std::make_shared<const std::string>(std::move(text));
  }
  static Put put_of(std::string key, std::string body, Condition condition = {}) {
    Put put{.key = std::move(key), .condition = condition};
    put.bins[static_cast<std::size_t>(Bin::kHead)] = bytes("head of " + put.key);
    put.bins[static_cast<std::size_t>(Bin::kBody)] = bytes(std::move(body));
    return put;
  }
  static std::string text(const Record& record, Bin bin) {
    const Bytes& value = record.bins[static_cast<std::size_t>(bin)];
    return value ? *value : "(none)";
  }
  template <class T>
  static ErrorCode code(const Result<T>& result) {
    return result ? ErrorCode::kInternal : result.error().code;
  }

  PutOutcome put(Put one) { return put_in(set, std::move(one)); }
  PutOutcome put_in(std::string name, Put one) {
    const auto outcomes = run([&] { return store().put(name, {one}); });
    EXPECT_TRUE(outcomes) << outcomes.error().message;
    EXPECT_EQ(outcomes.value().size(), 1U);
    return outcomes.value().at(0);
  }
  std::optional<Record> get(std::string key, BinSet bins = BinSet::all()) {
    return get_from(set, std::move(key), bins);
  }
  std::optional<Record> get_from(std::string name, std::string key, BinSet bins = BinSet::all()) {
    const auto records = run([&] { return store().get(name, {key}, bins); });
    EXPECT_TRUE(records) << records.error().message;
    EXPECT_EQ(records.value().size(), 1U);
    return records.value().at(0);
  }
  std::string body(std::string key) {
    const auto record = get(std::move(key));
    return record ? text(*record, Bin::kBody) : "(absent)";
  }
  void remove(std::vector<std::string> keys) {
    const auto removed = run([&] { return store().remove(set, keys); });
    EXPECT_TRUE(removed) << removed.error().message;
  }
  std::uint64_t count(std::string name) {
    const auto counted = run([&] { return store().count(name); });
    EXPECT_TRUE(counted) << counted.error().message;
    return counted.value_or(0);
  }
  std::uint64_t losses(std::string name) {
    const auto number = run([&] { return store().losses(name); });
    EXPECT_TRUE(number) << number.error().message;
    return number.value_or(0);
  }
  // All pages; a key that comes twice fails.
  std::map<std::string, Record> scan(std::size_t limit, BinSet bins = BinSet::all()) {
    std::map<std::string, Record> found;
    std::string cursor;
    for (int pages = 0; pages < 10'000; ++pages) {
      auto page = run([&] { return store().scan(set, cursor, limit, bins); });
      if (!page) {
        ADD_FAILURE() << page.error().message;
        return found;
      }
      EXPECT_LE(page->records.size(), limit);
      for (ScannedRecord& scanned : page->records) {
        EXPECT_TRUE(found.emplace(scanned.key, std::move(scanned.record)).second) << scanned.key;
      }
      if (page->cursor.empty()) {
        return found;
      }
      cursor = page->cursor;
    }
    ADD_FAILURE() << "the pages do not end";
    return found;
  }

  async::Loops loops{3};
  std::unique_ptr<RecordStoreWorld> world = GetParam().make(loops.at(0));
  // A server may keep records of earlier runs.
  std::string set = "conformance-" + core::hex(core::random_u64());
  std::string other_set = set + "-other";
};

TEST_P(RecordStoreTest, GivesBackWhatWasPut) {
  Put whole{.key = "k"};
  const std::string binary = core::random_bytes(3000);
  whole.bins = {bytes("head"), bytes(binary), bytes(""), nullptr};
  const PutOutcome outcome = put(whole);
  ASSERT_EQ(outcome.kind, Kind::kDone);
  const auto record = get("k");
  ASSERT_TRUE(record);
  EXPECT_EQ(record->version, outcome.version);
  EXPECT_EQ(text(*record, Bin::kHead), "head");
  EXPECT_EQ(text(*record, Bin::kBody), binary);
  EXPECT_EQ(text(*record, Bin::kVectors), "") << "an empty bin is one";
  EXPECT_EQ(text(*record, Bin::kBase), "(none)");
}

TEST_P(RecordStoreTest, GivesOnlyTheBinsThatWereAskedFor) {
  Put whole{.key = "k"};
  whole.bins = {bytes("head"), bytes("body"), bytes("vectors"), bytes("base")};
  put(whole);
  for (unsigned bits = 0; bits < 1U << kBinCount; ++bits) {
    const BinSet bins{.bits = static_cast<std::uint8_t>(bits)};
    const auto record = get("k", bins);
    ASSERT_TRUE(record) << bits;
    EXPECT_NE(record->version, 0U);
    for (std::size_t i = 0; i < kBinCount; ++i) {
      EXPECT_EQ(record->bins[i] != nullptr, bins.has(static_cast<Bin>(i))) << bits << " " << i;
    }
  }
}

TEST_P(RecordStoreTest, APutReplacesTheWholeRecord) {
  Put whole{.key = "k"};
  whole.bins = {bytes("head"), bytes("body"), bytes("vectors"), bytes("base")};
  put(whole);
  put(put_of("k", "new"));
  const auto record = get("k");
  ASSERT_TRUE(record);
  EXPECT_EQ(text(*record, Bin::kBody), "new");
  EXPECT_EQ(text(*record, Bin::kVectors), "(none)");
  EXPECT_EQ(text(*record, Bin::kBase), "(none)");
}

TEST_P(RecordStoreTest, AnswersInTheOrderOfTheKeys) {
  const auto outcomes = run([&] {
    return store().put(
        set, {put_of("a", "1"), put_of("b", "2", Condition::matches(77)), put_of("c", "3")});
  });
  ASSERT_TRUE(outcomes);
  ASSERT_EQ(outcomes->size(), 3U);
  EXPECT_EQ(outcomes->at(0).kind, Kind::kDone);
  EXPECT_EQ(outcomes->at(1).kind, Kind::kConflict) << "each put is applied on its own";
  EXPECT_EQ(outcomes->at(2).kind, Kind::kDone);
  const auto records = run([&] { return store().get(set, {"c", "b", "a", "c"}, BinSet::all()); });
  ASSERT_TRUE(records);
  ASSERT_EQ(records->size(), 4U);
  EXPECT_EQ(text(*records->at(0), Bin::kBody), "3");
  EXPECT_FALSE(records->at(1));
  EXPECT_EQ(text(*records->at(2), Bin::kBody), "1");
  EXPECT_EQ(text(*records->at(3), Bin::kBody), "3");
}

TEST_P(RecordStoreTest, NothingToDoIsDone) {
  EXPECT_TRUE(run([&] { return store().get(set, {}, BinSet::all()); }));
  EXPECT_TRUE(run([&] { return store().put(set, {}); }));
  EXPECT_TRUE(run([&] { return store().remove(set, {}); }));
  EXPECT_TRUE(run([&] { return store().truncate(set); }));
}

TEST_P(RecordStoreTest, PutsOnlyIfAbsent) {
  EXPECT_EQ(put(put_of("k", "first", Condition::absent())).kind, Kind::kDone);
  EXPECT_EQ(put(put_of("k", "second", Condition::absent())).kind, Kind::kConflict);
  EXPECT_EQ(body("k"), "first");
  remove({"k"});
  EXPECT_EQ(put(put_of("k", "third", Condition::absent())).kind, Kind::kDone);
}

TEST_P(RecordStoreTest, PutsOnlyOverTheVersionThatWasSeen) {
  const auto first = put(put_of("k", "1"));
  const auto second = put(put_of("k", "2", Condition::matches(first.version)));
  ASSERT_EQ(second.kind, Kind::kDone);
  EXPECT_NE(first.version, second.version);
  EXPECT_EQ(put(put_of("k", "3", Condition::matches(first.version))).kind, Kind::kConflict);
  EXPECT_EQ(body("k"), "2");
  EXPECT_EQ(put(put_of("nothing", "x", Condition::matches(second.version))).kind, Kind::kConflict);
}

TEST_P(RecordStoreTest, AVersionIsNotGivenToAnotherStateOfTheKey) {
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 20; ++i) {
    const auto outcome = put(put_of("k", "the same bytes"));
    ASSERT_EQ(outcome.kind, Kind::kDone);
    EXPECT_TRUE(seen.insert(outcome.version).second);
    if (i % 3 == 0) {
      remove({"k"});
    }
    if (i == 10) {
      ASSERT_TRUE(run([&] { return store().truncate(set); }));
    }
  }
}

TEST_P(RecordStoreTest, ARemovedRecordIsGoneWithItsVectors) {
  Put whole{.key = "k"};
  whole.bins = {bytes("head"), bytes("body"), bytes("vectors"), nullptr};
  put(whole);
  remove({"k", "never there"});
  EXPECT_FALSE(get("k"));
  put(put_of("k", "again"));
  EXPECT_EQ(text(*get("k"), Bin::kVectors), "(none)");
}

TEST_P(RecordStoreTest, SetsDoNotSeeEachOther) {
  put(put_of("k", "mine"));
  put_in(other_set, put_of("k", "theirs"));
  EXPECT_EQ(body("k"), "mine");
  ASSERT_TRUE(run([&] { return store().truncate(set); }));
  EXPECT_FALSE(get("k"));
  EXPECT_EQ(text(*get_from(other_set, "k"), Bin::kBody), "theirs");
  EXPECT_EQ(count(set), 0U);
  EXPECT_EQ(count(other_set), 1U);
}

TEST_P(RecordStoreTest, ASetWhoseNameBeginsAnotherKeepsApart) {
  put_in(set, put_of("xk", "1"));
  put_in(set + "x", put_of("k", "2"));
  EXPECT_EQ(count(set), 1U);
  ASSERT_TRUE(run([&] { return store().truncate(set + "x"); }));
  EXPECT_EQ(body("xk"), "1");
}

TEST_P(RecordStoreTest, CountsWhatIsThere) {
  EXPECT_EQ(count(set), 0U);
  for (int i = 0; i < 30; ++i) {
    put(put_of("k" + std::to_string(i % 20), "x"));
  }
  EXPECT_EQ(count(set), 20U);
  remove({"k3", "k4", "nothing"});
  EXPECT_EQ(count(set), 18U);
}

TEST_P(RecordStoreTest, ARecordExpires) {
  Put brief = put_of("brief", "x");
  brief.ttl = std::chrono::seconds(2);
  put(brief);
  put(put_of("stays", "x"));
  EXPECT_TRUE(get("brief"));
  const std::uint64_t before = losses(set);
  world->pass(std::chrono::milliseconds(4500));
  EXPECT_FALSE(get("brief"));
  EXPECT_EQ(body("stays"), "x");
  EXPECT_EQ(count(set), 1U);
  EXPECT_EQ(scan(10).size(), 1U);
  if (world->counts_expiries()) {
    EXPECT_GT(losses(set), before);
  }
  EXPECT_EQ(put(put_of("brief", "again", Condition::absent())).kind, Kind::kDone);
}

TEST_P(RecordStoreTest, APutRenewsTheTimeToLive) {
  Put brief = put_of("k", "x");
  brief.ttl = std::chrono::seconds(3);
  put(brief);
  put(put_of("k", "for ever"));
  world->pass(std::chrono::milliseconds(5000));
  EXPECT_EQ(body("k"), "for ever");
}

TEST_P(RecordStoreTest, RemovingLosesNothing) {
  put(put_of("a", "x"));
  put(put_of("b", "x"));
  const std::uint64_t before = losses(set);
  remove({"a"});
  put(put_of("b", "y"));
  ASSERT_TRUE(run([&] { return store().truncate(set); }));
  EXPECT_EQ(losses(set), before);
}

TEST_P(RecordStoreTest, AScanSeesEveryRecordOnce) {
  std::set<std::string> keys;
  for (int i = 0; i < 137; ++i) {
    Put one = put_of("key " + std::to_string(i), "body " + std::to_string(i));
    one.bins[static_cast<std::size_t>(Bin::kVectors)] = bytes("vectors " + std::to_string(i));
    keys.insert(one.key);
    put(one);
  }
  put_in(other_set, put_of("foreign", "x"));
  for (const std::size_t limit : {std::size_t{1}, std::size_t{10}, kBatchMax}) {
    std::set<std::string> seen;
    for (const auto& [key, record] : scan(limit, BinSet{}.with(Bin::kBody))) {
      seen.insert(key);
      EXPECT_EQ(text(record, Bin::kBody), "body " + key.substr(4));
      EXPECT_EQ(text(record, Bin::kVectors), "(none)");
    }
    EXPECT_EQ(seen, keys) << limit;
  }
  for (const auto& [key, record] : scan(50)) {
    EXPECT_EQ(text(record, Bin::kVectors), "vectors " + key.substr(4));
    EXPECT_EQ(record.version, get(key)->version);
  }
}

TEST_P(RecordStoreTest, AScanSeesWhatStaysThoughOthersComeAndGo) {
  std::set<std::string> stays;
  for (int i = 0; i < 60; ++i) {
    stays.insert("s" + std::to_string(i));
    put(put_of("s" + std::to_string(i), "x"));
    put(put_of("goes" + std::to_string(i), "x"));
  }
  std::set<std::string> seen;
  std::string cursor;
  int round = 0;
  do {
    const auto page = run([&] { return store().scan(set, cursor, 7, BinSet{}); });
    ASSERT_TRUE(page) << page.error().message;
    for (const ScannedRecord& scanned : page->records) {
      EXPECT_TRUE(seen.insert(scanned.key).second) << scanned.key;
    }
    cursor = page->cursor;
    remove({"goes" + std::to_string(round)});
    put(put_of("comes" + std::to_string(round), "x"));
    put(put_of("s" + std::to_string(round % 60), "written again"));
    ASSERT_LT(++round, 1000) << "the pages end";
  } while (!cursor.empty());
  EXPECT_TRUE(std::includes(seen.begin(), seen.end(), stays.begin(), stays.end()));
}

TEST_P(RecordStoreTest, RefusesWhatIsTooLarge) {
  const auto refused = [&](std::string name, Put one) {
    return code(run([&] { return store().put(name, {one}); }));
  };
  EXPECT_EQ(refused("", put_of("k", "x")), ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused(std::string(kSetBytesMax + 1, 's'), put_of("k", "x")),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused(set, put_of("", "x")), ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused(set, put_of(std::string(kKeyBytesMax + 1, 'k'), "x")),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused(set, put_of("k", std::string(kRecordBytesMax + 1, 'b'))),
            ErrorCode::kInvalidArgument);
  const std::vector<std::string> many(kBatchMax + 1, "k");
  EXPECT_EQ(code(run([&] { return store().get(set, many, BinSet{}); })),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(run([&] { return store().remove(set, many); })), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(run([&] { return store().scan(set, "", 0, BinSet{}); })),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(run([&] { return store().scan(set, "", kBatchMax + 1, BinSet{}); })),
            ErrorCode::kInvalidArgument);
}

TEST_P(RecordStoreTest, TakesTheLongestNamesAndAnyBytes) {
  const std::string strange = std::string("\0\xff/\n", 4);
  for (const std::string& key : {std::string(kKeyBytesMax, '\xff'), strange, std::string("k")}) {
    put(put_of(key, key));
    EXPECT_EQ(body(key), key);
  }
  EXPECT_EQ(scan(2).size(), 3U);
}

TEST_P(RecordStoreTest, OfManyConditionalPutsAtOnceOneWins) {
  const auto seen = put(put_of("k", "start"));
  constexpr std::size_t kRacers = 12;
  std::vector<std::jthread> threads;
  std::atomic<int> won{0};
  for (std::size_t i = 0; i < kRacers; ++i) {
    threads.emplace_back([&, i] {
      const auto outcomes = async::run_blocking(loops.at(i % loops.size()), [&] {
        return store().put(set, {put_of("k", std::to_string(i), Condition::matches(seen.version)),
                                 put_of("fresh", std::to_string(i), Condition::absent())});
      });
      ASSERT_TRUE(outcomes);
      for (const PutOutcome& outcome : *outcomes) {
        won += outcome.kind == Kind::kDone ? 1 : 0;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(won, 2);
}

// Compare and swap loses no increment, which needs every winner to have seen the one before.
TEST_P(RecordStoreTest, CountingByCompareAndSwapLosesNothing) {
  constexpr int kWorkers = 6;
  constexpr int kEach = 25;
  put(put_of("counter", "0"));
  std::vector<std::jthread> threads;
  for (int worker = 0; worker < kWorkers; ++worker) {
    threads.emplace_back([&, worker] {
      async::Loop& loop = loops.at(static_cast<std::size_t>(worker) % loops.size());
      for (int done = 0; done < kEach;) {
        const auto now =
            async::run_blocking(loop, [&] { return store().get(set, {"counter"}, BinSet::all()); });
        ASSERT_TRUE(now && now->at(0)) << "a record that is only replaced is always there";
        const Record& record = *now->at(0);
        const auto next = std::to_string(std::stoi(text(record, Bin::kBody)) + 1);
        const auto outcomes = async::run_blocking(loop, [&] {
          return store().put(set, {put_of("counter", next, Condition::matches(record.version))});
        });
        ASSERT_TRUE(outcomes);
        done += outcomes->at(0).kind == Kind::kDone ? 1 : 0;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(body("counter"), std::to_string(kWorkers * kEach));
}

// One thread writes ever greater numbers under a few keys; the others read. What had ended before a
// read began is the least that it may see.
TEST_P(RecordStoreTest, AGetSeesWhatEndedBeforeItBegan) {
  constexpr std::size_t kKeys = 3;
  constexpr int kRounds = 120;
  std::array<std::atomic<int>, kKeys> ended{};
  std::atomic<bool> over{false};
  for (std::size_t k = 0; k < kKeys; ++k) {
    put(put_of(std::to_string(k), "0"));
  }
  std::vector<std::jthread> readers;
  for (std::size_t reader = 0; reader < 3; ++reader) {
    readers.emplace_back([&, reader] {
      for (std::size_t i = reader; !over; ++i) {
        const std::size_t k = i % kKeys;
        const int least = ended[k];
        const auto records = async::run_blocking(loops.at(1 + reader % 2), [&] {
          return store().get(set, {std::to_string(k)}, BinSet{}.with(Bin::kBody));
        });
        ASSERT_TRUE(records && records->at(0));
        ASSERT_GE(std::stoi(text(*records->at(0), Bin::kBody)), least);
      }
    });
  }
  for (int i = 1; i <= kRounds; ++i) {
    const std::size_t k = static_cast<std::size_t>(i) % kKeys;
    Put one = put_of(std::to_string(k), std::to_string(i));
    one.hold = std::chrono::seconds(i % 2);  // a lease and its settling take turns
    ASSERT_EQ(put(one).kind, Kind::kDone);
    ended[k] = i;
  }
  over = true;
}

// Every thread owns a few keys and checks each read of its own against what it did last; all read
// each other's, which must be whole: head and body of one put.
TEST_P(RecordStoreTest, EveryThreadReadsItsOwnLastWrite) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::vector<std::jthread> threads;
  for (unsigned worker = 0; worker < 3; ++worker) {
    threads.emplace_back([&, worker] {
      std::mt19937 random(seed + worker);
      std::map<std::string, std::string> mine;
      for (int i = 0; i < 150; ++i) {
        async::Loop& loop = loops.at(random() % loops.size());
        const std::string key = std::to_string(worker) + std::to_string(random() % 4);
        if (random() % 4 == 0) {
          ASSERT_TRUE(async::run_blocking(loop, [&] { return store().remove(set, {key}); }));
          mine.erase(key);
        } else {
          Put one{.key = key};
          const std::string body = std::to_string(i) + std::string(random() % 200, 'x');
          one.bins = {bytes(body), bytes(body), random() % 2 == 0 ? bytes(body) : nullptr, nullptr};
          const auto outcomes = async::run_blocking(loop, [&] { return store().put(set, {one}); });
          ASSERT_TRUE(outcomes && outcomes->at(0).kind == Kind::kDone);
          mine[key] = body;
        }
        const std::string foreign = std::to_string(random() % 3) + std::to_string(random() % 4);
        const auto records = async::run_blocking(loop, [&] {
          return store().get(
              set, {key, foreign},
              random() % 2 == 0 ? BinSet::all() : BinSet{}.with(Bin::kHead).with(Bin::kBody));
        });
        ASSERT_TRUE(records);
        const auto at = mine.find(key);
        ASSERT_EQ(records->at(0).has_value(), at != mine.end()) << key;
        if (at != mine.end()) {
          EXPECT_EQ(text(*records->at(0), Bin::kBody), at->second);
        }
        for (const auto& record : *records) {
          if (record) {
            EXPECT_EQ(text(*record, Bin::kHead), text(*record, Bin::kBody));
            const std::string vectors = text(*record, Bin::kVectors);
            EXPECT_TRUE(vectors == "(none)" || vectors == text(*record, Bin::kBody));
          }
        }
      }
    });
  }
  threads.clear();
}

}  // namespace layer::cache
