// The document cache, one rule at a time. How the rules hold together is history_test.cc's.
#include "cache/fenced_cache.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "async/loops.h"
#include "async/run.h"
#include "cache/cache_keys.h"
#include "cache/faulty_store.h"
#include "cache/memory/memory_store.h"
#include "cache/write_fence.h"

namespace layer::cache {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Bytes bytes(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

class FencedCacheTest : public ::testing::Test {
 protected:
  FencedCacheTest() { join(); }

  template <class Make>
  auto run(Make make) {
    return async::run_blocking(loops.at(0), make);
  }
  void join() {
    run([this] { return cache->tick(); });
  }
  void restart_process(bool clean) {
    if (clean) {
      run([this] { return cache->stop(true); });
    }
    cache = make_cache();
    join();
  }
  std::unique_ptr<FencedCache> make_cache() {
    return std::make_unique<FencedCache>(faulty, clock, metrics, nullptr,
                                         CacheOptions{.limits = {.operation = milliseconds(0)}});
  }
  Found look(std::uint64_t id) {
    return run([this, id] { return cache->find(ns, {wire::Id(id)}); }).at(0);
  }
  std::size_t fill(std::uint64_t id, const FillTicket& ticket, Bytes row) {
    return run([&] { return cache->fill(ns, {{.id = id, .ticket = ticket, .row = row}}); });
  }
  void plant(std::uint64_t id) { ASSERT_EQ(fill(id, look(id).ticket, bytes("{}")), 1U); }
  std::unique_ptr<WriteFence> raise(FenceScope scope) {
    return run([&] { return cache->raise(ns, scope, clock.steady() + seconds(10)); });
  }
  std::unique_ptr<WriteFence> raise(std::uint64_t id, RowChange change, Bytes row = nullptr) {
    return raise({.rows = {{.id = id, .change = change, .row = std::move(row)}}});
  }
  bool applied(WriteFence& fence, std::optional<std::vector<wire::Id>> affected = {}) {
    return run([&] { return fence.applied({.ms = 5}, affected); });
  }
  int calls_of(Operation operation) { return calls[operation]; }

  async::Loops loops{1};
  core::ManualClock clock;
  core::Metrics metrics;
  MemoryStore records{std::size_t{64} << 20, clock};
  std::map<Operation, int> calls;
  Fault fault{};
  FaultyStore faulty{records, [this](Operation operation, std::string_view, std::string_view) {
                       ++calls[operation];
                       return fault;
                     }};
  std::unique_ptr<FencedCache> cache = make_cache();
  CachedNamespace ns{.store = "s", .ns = "n"};
};

TEST_F(FencedCacheTest, GivesBackWhatWasFilled) {
  const auto missed = look(1);
  EXPECT_EQ(missed.lookup, Lookup::kMiss);
  EXPECT_EQ(fill(1, missed.ticket, bytes(R"({"a":1})")), 1U);
  const auto found = look(1);
  EXPECT_EQ(found.lookup, Lookup::kHit);
  EXPECT_EQ(*found.row, R"({"a":1})");
}

TEST_F(FencedCacheTest, RemembersForAMinuteThatARowIsNotThere) {
  fill(1, look(1).ticket, nullptr);
  EXPECT_EQ(look(1).lookup, Lookup::kAbsent);
  clock.advance(seconds(59));
  EXPECT_EQ(look(1).lookup, Lookup::kAbsent);
  clock.advance(seconds(1));
  EXPECT_EQ(look(1).lookup, Lookup::kMiss);
}

TEST_F(FencedCacheTest, ServesARowForAsLongAsItsIndexSays) {
  ns.ttl = seconds(10);
  plant(1);
  clock.advance(milliseconds(9999));
  EXPECT_EQ(look(1).lookup, Lookup::kHit);
  clock.advance(milliseconds(1));
  EXPECT_EQ(look(1).lookup, Lookup::kMiss);
}

TEST_F(FencedCacheTest, RefusesAFillWhoseReadBeganLongAgo) {
  const auto ticket = look(1).ticket;
  clock.advance(seconds(30));
  EXPECT_EQ(fill(1, ticket, bytes("{}")), 0U);
}

TEST_F(FencedCacheTest, RefusesAFillFromBeforeAWrite) {
  const auto ticket = look(1).ticket;
  const auto fence = raise(1, RowChange::kReplace);
  EXPECT_TRUE(look(1).fenced);
  EXPECT_TRUE(applied(*fence));
  EXPECT_EQ(fill(1, ticket, bytes("{}")), 0U);
  EXPECT_EQ(look(1).lookup, Lookup::kMiss);
}

TEST_F(FencedCacheTest, FillsFromAWriteWhatIsCertain) {
  auto fence = raise(1, RowChange::kReplace, bytes(R"({"a":1,"b":2})"));
  applied(*fence);
  EXPECT_EQ(*look(1).row, R"({"a":1,"b":2})");
  EXPECT_EQ(look(1).stamp.ms, 5);
  fence = raise(1, RowChange::kMerge, bytes(R"({"b":3})"));
  applied(*fence);
  EXPECT_EQ(*look(1).row, R"({"a":1,"b":3})");
  fence = raise(1, RowChange::kDelete);
  applied(*fence);
  EXPECT_EQ(look(1).lookup, Lookup::kAbsent);
}

TEST_F(FencedCacheTest, OfTwoWritesAtOnceNeitherFills) {
  const auto one = raise(1, RowChange::kReplace, bytes(R"({"a":1})"));
  const auto two = raise(1, RowChange::kReplace, bytes(R"({"a":2})"));
  applied(*two);
  EXPECT_TRUE(look(1).fenced);
  applied(*one);
  EXPECT_EQ(look(1).lookup, Lookup::kMiss);
}

TEST_F(FencedCacheTest, ManyWritesAtOnceAreContention) {
  std::vector<std::unique_ptr<WriteFence>> fences;
  for (std::size_t i = 0; i < kLeasesMax + 2; ++i) {
    fences.push_back(raise(1, RowChange::kDelete));
  }
  for (const auto& fence : fences) {
    EXPECT_TRUE(look(1).fenced);
    EXPECT_TRUE(applied(*fence));
  }
  EXPECT_TRUE(look(1).fenced);  // until the last of them would have ended
  clock.advance(seconds(17));
  EXPECT_EQ(look(1).lookup, Lookup::kMiss);
}

TEST_F(FencedCacheTest, AWriteThatWasForgottenHoldsUntilItsLeaseEnds) {
  plant(1);
  raise(1, RowChange::kDelete).reset();
  clock.advance(milliseconds(15'999));  // its deadline, 5 s, and 1 s for clocks that differ
  EXPECT_TRUE(look(1).fenced);
  clock.advance(milliseconds(1));
  EXPECT_EQ(look(1).lookup, Lookup::kMiss);
}

TEST_F(FencedCacheTest, AThousandRowsCostFewCalls) {
  FenceScope scope;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    scope.rows.push_back({.id = i, .change = RowChange::kDelete});
  }
  look(1);  // so that the namespace has its fence
  calls.clear();
  const auto fence = raise(std::move(scope));
  EXPECT_LE(calls_of(Operation::kGet) + calls_of(Operation::kPut), 3);
  applied(*fence);
  EXPECT_LE(calls_of(Operation::kGet) + calls_of(Operation::kPut), 5);
  EXPECT_EQ(look(999).lookup, Lookup::kAbsent);
}

TEST_F(FencedCacheTest, AFilterInvalidatesWhatItTouchedAndStopsFillsMeanwhile) {
  plant(1);
  plant(2);
  const auto before = look(3).ticket;
  const auto fence = raise({.whole_namespace = true});
  EXPECT_TRUE(fence->wants_affected_ids());
  EXPECT_EQ(look(1).lookup, Lookup::kHit);
  EXPECT_FALSE(look(3).ticket.may_fill);
  applied(*fence, {{std::uint64_t{1}}});
  EXPECT_EQ(look(1).lookup, Lookup::kMiss);
  EXPECT_EQ(look(2).lookup, Lookup::kHit);
  EXPECT_EQ(fill(3, before, bytes("{}")), 0U);
  EXPECT_TRUE(look(3).ticket.may_fill);
}

TEST_F(FencedCacheTest, NothingIsFilledWhileAWriteIsInFlightThatNobodyUnderstands) {
  const auto before = look(1).ticket;
  const auto fence = raise({.opaque = true});
  EXPECT_EQ(fill(1, before, bytes("{}")), 0U);
  EXPECT_EQ(fill(1, look(1).ticket, bytes("{}")), 0U);
  const auto other = raise(1, RowChange::kReplace, bytes("{}"));
  applied(*other);
  EXPECT_EQ(look(1).lookup, Lookup::kMiss);  // whether it came before the other, nobody knows
  applied(*fence);
  plant(1);
  EXPECT_EQ(look(1).lookup, Lookup::kHit);
}

TEST_F(FencedCacheTest, ARefusedWriteThatNobodyUnderstandsLeavesNothingBehind) {
  const auto fence = raise({.opaque = true});
  EXPECT_TRUE(run([&] { return fence->refused(); }));
  plant(1);
  EXPECT_EQ(look(1).lookup, Lookup::kHit);
}

TEST_F(FencedCacheTest, AFilterThatNobodySettledGivesUpTheNamespace) {
  plant(1);
  ns.ttl = std::chrono::hours(1);
  raise({.whole_namespace = true}).reset();
  clock.advance(milliseconds(70'999));  // its deadline, 60 s, and 1 s
  EXPECT_EQ(look(1).lookup, Lookup::kHit);
  clock.advance(milliseconds(1));
  EXPECT_EQ(look(1).lookup, Lookup::kMiss);
  EXPECT_TRUE(look(2).ticket.may_fill);
}

TEST_F(FencedCacheTest, StagedNamespacesAreFilledByWritesOnly) {
  ns.staging = true;
  EXPECT_FALSE(look(1).ticket.may_fill);
  const auto fence = raise(1, RowChange::kReplace, bytes("{}"));
  applied(*fence);
  EXPECT_EQ(look(1).lookup, Lookup::kHit);
}

TEST_F(FencedCacheTest, ATicketForUnknownRowsFillsOnlyWhatDidNotChangeSince) {
  plant(1);
  const auto ticket = run([this] { return cache->open_ticket(ns); });
  applied(*raise(2, RowChange::kReplace));
  EXPECT_EQ(fill(1, ticket, bytes("other")), 1U);  // it is there already
  EXPECT_EQ(*look(1).row, "{}");
  EXPECT_EQ(fill(2, ticket, bytes("{}")), 0U);
  EXPECT_EQ(fill(3, ticket, bytes("{}")), 1U);
}

TEST_F(FencedCacheTest, DamagedRecordsAreMisses) {
  plant(1);
  fault.kind = Fault::Kind::kCorrupt;
  EXPECT_NE(look(1).lookup, Lookup::kHit);
  fault.kind = Fault::Kind::kNone;
  EXPECT_NE(look(1).lookup, Lookup::kBypass);
}

TEST_F(FencedCacheTest, OneFailureKeepsCallsAwayForTwoSeconds) {
  plant(1);
  fault.kind = Fault::Kind::kBefore;
  EXPECT_EQ(look(1).lookup, Lookup::kBypass);
  EXPECT_EQ(cache->status().state, "away");
  fault.kind = Fault::Kind::kNone;
  calls.clear();
  EXPECT_EQ(look(1).lookup, Lookup::kBypass);
  EXPECT_TRUE(calls.empty());
  const auto connection = cache->status().generation;
  clock.advance(seconds(2));
  EXPECT_EQ(look(1).lookup, Lookup::kHit);
  EXPECT_EQ(cache->status().generation, connection + 1);
}

TEST_F(FencedCacheTest, AWriteThatCouldNotBeFencedVoidsTheCache) {
  plant(1);
  fault.kind = Fault::Kind::kBefore;
  const auto fence = raise(1, RowChange::kDelete);  // does not wait: nobody else reads this cache
  ASSERT_NE(fence, nullptr);
  EXPECT_FALSE(applied(*fence));
  fault.kind = Fault::Kind::kNone;
  clock.advance(seconds(3));
  EXPECT_EQ(look(1).lookup, Lookup::kBypass);
  const auto epoch = cache->status().epoch;
  join();
  EXPECT_GT(cache->status().epoch, epoch);
  EXPECT_EQ(look(1).lookup, Lookup::kMiss);
}

TEST_F(FencedCacheTest, AnUnfencedWriteInFlightInvalidatesWhenTheCacheIsBack) {
  fault.kind = Fault::Kind::kBefore;
  const auto fence = raise(1, RowChange::kDelete);
  fault.kind = Fault::Kind::kNone;
  clock.advance(seconds(3));
  join();
  plant(1);
  EXPECT_TRUE(applied(*fence));
  EXPECT_EQ(look(1).lookup, Lookup::kMiss);
}

TEST_F(FencedCacheTest, SurvivesACleanEndOfTheProcessOnly) {
  plant(1);
  restart_process(true);
  EXPECT_EQ(look(1).lookup, Lookup::kHit);
  restart_process(false);
  EXPECT_EQ(look(1).lookup, Lookup::kMiss);
}

TEST_F(FencedCacheTest, AStoreThatCameBackWithOlderRecordsIsNotTrusted) {
  plant(1);
  MemoryStore other{std::size_t{64} << 20, clock};
  faulty.restart_with(other);
  EXPECT_EQ(look(1).lookup, Lookup::kBypass);
  join();
  EXPECT_EQ(look(1).lookup, Lookup::kMiss);
  faulty.restart_with(records);
  join();
  EXPECT_EQ(look(1).lookup, Lookup::kMiss);
}

TEST_F(FencedCacheTest, APrivateCacheIsBypassedWhileOthersWrite) {
  plant(1);
  cache->set_alone(false);
  EXPECT_EQ(cache->status().state, "shared");
  EXPECT_EQ(look(1).lookup, Lookup::kBypass);
  join();
  EXPECT_EQ(look(1).lookup, Lookup::kBypass);
  cache->set_alone(true);
  join();
  EXPECT_EQ(look(1).lookup, Lookup::kMiss);
}

TEST_F(FencedCacheTest, ForgetsANamespaceAndNoOther) {
  plant(1);
  CachedNamespace other{.store = "s", .ns = "m"};
  std::swap(ns, other);
  plant(1);
  std::swap(ns, other);
  EXPECT_TRUE(run([this] { return cache->forget(ns); }));
  EXPECT_EQ(look(1).lookup, Lookup::kMiss);
  std::swap(ns, other);
  EXPECT_EQ(look(1).lookup, Lookup::kHit);
  EXPECT_TRUE(run([this] { return cache->purge(ns); }).has_value());
  EXPECT_EQ(look(1).lookup, Lookup::kMiss);
}

TEST_F(FencedCacheTest, ACertificateHoldsUntilSomethingIsLost) {
  ns.writers_gateway_only = true;
  ns.ttl = seconds(5);
  const auto ticket = run([this] { return cache->begin_warm(ns); });
  ASSERT_TRUE(ticket.has_value());
  plant(1);
  plant(2);
  EXPECT_EQ(run([this] { return cache->count(ns); }), 2U);
  ASSERT_TRUE(run([&] { return cache->certify(ns, *ticket, 2, 77); }));
  clock.advance(seconds(100));
  const auto certificate = run([this] { return cache->certificate(ns); });
  ASSERT_TRUE(certificate.has_value());
  EXPECT_EQ(certificate->watermark_ms, 77);
  EXPECT_TRUE(certificate->certified);
  EXPECT_EQ(look(1).lookup, Lookup::kHit);  // older than its time, and certified
  EXPECT_TRUE(run([this] { return cache->renew(ns, 99); }));
  EXPECT_EQ(run([this] { return cache->certificate(ns); })->watermark_ms, 99);
  const auto page = run([this] { return cache->scan(ns, "", 10); });
  ASSERT_TRUE(page.has_value());
  EXPECT_EQ(page->rows.size(), 2U);
  run([this] { return cache->forget(ns); });
  EXPECT_FALSE(run([this] { return cache->certificate(ns); }).has_value());
}

TEST_F(FencedCacheTest, NoCertificateForANamespaceThatChangedMeanwhile) {
  const auto ticket = run([this] { return cache->begin_warm(ns); });
  ASSERT_TRUE(ticket.has_value());
  run([this] { return cache->forget(ns); });
  EXPECT_FALSE(run([&] { return cache->certify(ns, *ticket, 0, 1); }));
}

// Many threads at once, for the thread sanitizer: every row is either its last state or unknown.
TEST(FencedCacheThreads, ReadersAndWritersOnEveryLoop) {
  constexpr int kLoops = 4;
  constexpr int kTurns = 200;
  async::Loops loops(kLoops);
  const core::SystemClock clock;
  core::Metrics metrics;
  MemoryStore records(std::size_t{64} << 20, clock);
  FencedCache cache(records, clock, metrics, nullptr, {});
  async::run_blocking(loops.at(0), [&] { return cache.start(loops.at(0)); });
  const CachedNamespace ns{.store = "s", .ns = "n"};
  const auto work = [&](std::uint64_t self) -> async::Task<int> {
    int wrong = 0;
    for (int turn = 0; turn < kTurns; ++turn) {
      const std::string row = "{\"turn\":" + std::to_string(turn) + "}";
      FenceScope scope;  // its own row, and one that all write
      scope.rows.push_back({.id = self, .change = RowChange::kReplace, .row = bytes(row)});
      scope.rows.push_back({.id = std::uint64_t{99}, .change = RowChange::kReplace});
      const auto fence =
          co_await cache.raise(ns, std::move(scope), clock.steady() + std::chrono::seconds(60));
      co_await fence->applied({}, std::nullopt);
      const auto found = co_await cache.find(ns, {wire::Id(self), wire::Id(std::uint64_t{99})});
      wrong += found[0].lookup == Lookup::kHit && *found[0].row != row ? 1 : 0;
      wrong += found[1].lookup == Lookup::kHit ? 1 : 0;  // nobody ever knew it
    }
    co_return wrong;
  };
  std::vector<std::future<int>> all;
  for (std::uint64_t i = 0; i < kLoops; ++i) {
    all.push_back(
        async::asio::co_spawn(loops.at(i).get_executor(), work(i), async::asio::use_future));
  }
  for (auto& one : all) {
    EXPECT_EQ(one.get(), 0);
  }
  async::run_blocking(loops.at(0), [&] { return cache.stop(true); });
}

}  // namespace
}  // namespace layer::cache
