// A namespace delete from the request to the last place, with everything that may go wrong between.
#include <atomic>
#include <map>
#include <thread>

#include <gtest/gtest.h>

#include "async/deadline.h"
#include "async/loops.h"
#include "async/run.h"
#include "features/deletions/delete_namespace.h"
#include "features/deletions/deletion_list.h"
#include "objects/faulty_store.h"
#include "objects/memory_store.h"
#include "testing/fake_store.h"
#include "wire/value.h"

namespace layer::features::deletions {
namespace {

using objects::Fault;
using objects::Operation;

constexpr std::int64_t kNow = 1'700'000'000'000;

// Holds namespaces by name with the time of their last write; answers deletes and metadata.
struct FakeNamespaces {
  Result<store::Answer> answer(const layer::testing::SeenCall& call) {
    const std::string name = call.target.substr(std::string_view("/v2/namespaces/").size());
    if (call.method == "DELETE") {
      if (deletes_refused_with) {
        return layer::testing::answer(*deletes_refused_with, R"({"error":"no"})");
      }
      const bool was_there = namespaces.erase(name) == 1;
      if (delete_error) {
        return std::unexpected(*delete_error);
      }
      return layer::testing::answer(was_there ? 200 : 404, was_there ? R"({"status":"OK"})" : "{}");
    }
    const auto at = namespaces.find(name.substr(0, name.find('/')));
    if (at == namespaces.end()) {
      return layer::testing::answer(404, "{}");
    }
    return layer::testing::answer(
        200, R"({"last_write_at":")" + wire::to_string(wire::Datetime{at->second}) + "\"}");
  }

  std::map<std::string, std::int64_t> namespaces{{"docs", kNow - 1000}};
  std::optional<int> deletes_refused_with;
  std::optional<Error> delete_error;  // after the delete
};

class FakePlace final : public PurgePlace {
 public:
  std::string_view name() const override { return "fake"; }
  async::Task<Result<void>> invalidate(std::string) override {
    ++invalidated;
    if (invalidate_error) {
      co_return std::unexpected(*invalidate_error);
    }
    co_return Result<void>{};
  }
  async::Task<Result<Purged>> purge(PurgeIntent) override {
    ++purges;
    if (failures > 0) {
      --failures;
      co_return fail(ErrorCode::kUnavailable, "the place is out of reach");
    }
    co_return Purged{.objects = 7};
  }
  std::atomic<int> invalidated = 0;
  std::atomic<int> purges = 0;
  int failures = 0;
  std::optional<Error> invalidate_error;
};

// One gateway process: everything here dies with it, what lies in the object store stays.
class Gateway {
 public:
  Gateway(objects::ObjectStore& objects, FakeNamespaces& fake, const core::Clock& clock,
          FakePlace& place)
      : ledger(objects),
        state_place_(objects),
        purge({.ledger = ledger,
               .find_store =
                   [this](std::string_view name) { return name == "default" ? &store_ : nullptr; },
               .places = {&state_place_, &place},
               .forget = [this](std::string_view ns) { forgot_docs = forgot_docs || ns == "docs"; },
               .clock = clock,
               .metrics = metrics}),
        purger({.purge = purge,
                .ledger = ledger,
                .clock = clock,
                .metrics = metrics,
                .log = log_,
                .loop = loops.at(0)},
               {.retry_first = std::chrono::milliseconds(1),
                .retry_max = std::chrono::milliseconds(2)}),
        deleter_(
            {.ledger = ledger, .purge = purge, .purger = purger, .clock = clock, .log = log_}) {
    store_.script(
        [&fake](const layer::testing::SeenCall& call) -> async::Task<Result<store::Answer>> {
          co_return fake.answer(call);
        });
  }
  ~Gateway() { purger.stop(); }

  Result<DeleteAnswer> remove(bool may_repeat = true) {
    return async::run_blocking(loops.at(0), [&] {
      return deleter_.run({.ns = "docs",
                           .physical = "docs",
                           .store = "default",
                           .requested_by = "ci",
                           .may_repeat = may_repeat,
                           .send = [this] {
                             return store_.send({.method = "DELETE",
                                                 .target = "/v2/namespaces/docs",
                                                 .kind = store::CallKind::kPlainWrite});
                           }});
    });
  }

 private:
  core::Logger log_{{.level = core::LogLevel::kOff}};

 public:
  async::Loops loops{1};
  core::Metrics metrics;
  std::atomic<bool> forgot_docs = false;  // the purger forgets beside the test, on the loop

 private:
  layer::testing::FakeStore store_;

 public:
  Ledger ledger;

 private:
  NamespaceStatePlace state_place_;

 public:
  Purge purge;
  Purger purger;

 private:
  NamespaceDeleter deleter_;
};

class DeletionsTest : public ::testing::Test {
 protected:
  DeletionsTest() {
    put("namespaces/docs/layout.json", "{}");
    put("namespaces/docs2/layout.json", "{}");
  }
  void put(std::string key, std::string bytes) {
    ASSERT_TRUE(async::run_blocking(loops.at(0), [&] { return memory.put(key, bytes, {}); }));
  }
  std::vector<std::string> keys(std::string prefix) {
    std::vector<std::string> found;
    const auto listing = async::run_blocking(
        loops.at(0), [&] { return memory.list(prefix, "", objects::kListMax); });
    for (const auto& object : listing->objects) {
      found.push_back(object.key);
    }
    return found;
  }
  std::vector<Receipt> receipts() {
    Ledger ledger(memory);
    return async::run_blocking(
               loops.at(0), [&] { return list_deletions(ledger, "docs", "", kDeletionsLimitMax); })
        ->receipts;
  }
  std::uint64_t incarnation() {
    Ledger ledger(memory);
    return async::run_blocking(loops.at(0), [&] { return ledger.incarnation("docs"); }).value();
  }
  // Until no intent is left; a purger that does not get there fails the test, not its speed.
  void wait_for_purger() {
    for (int tries = 0; tries < 20'000 && !keys("namespace-purges/").empty(); ++tries) {
      async::run_blocking(loops.at(0),
                          [] { return async::sleep_for(std::chrono::milliseconds(1)); });
    }
    EXPECT_EQ(keys("namespace-purges/"), std::vector<std::string>{});
  }
  // A new process finds what the old one left, long enough after.
  void recover() {
    clock.advance(std::chrono::minutes(5));
    Gateway next(memory, fake, clock, place);
    next.purger.start();
    wait_for_purger();
  }

  async::Loops loops{1};
  core::ManualClock clock{kNow};
  objects::MemoryStore memory{clock};
  FakeNamespaces fake;
  FakePlace place;
};

TEST_F(DeletionsTest, DeletesInTheStoreAndPurgesEveryPlace) {
  Gateway gateway(memory, fake, clock, place);
  gateway.purger.start();
  const auto deleted = gateway.remove();
  ASSERT_TRUE(deleted) << deleted.error().message;
  EXPECT_EQ(deleted->answer.body, R"({"status":"OK"})");
  EXPECT_EQ(place.invalidated, 1);
  EXPECT_EQ(incarnation(), 1U) << "marked as deleted before the answer";
  EXPECT_TRUE(gateway.forgot_docs);
  ASSERT_EQ(receipts().size(), 1U) << "there is a receipt when the answer is there";
  EXPECT_EQ(receipts()[0].id, deleted->deletion_id);
  wait_for_purger();
  const Receipt receipt = receipts().at(0);
  EXPECT_EQ(receipt.state, ReceiptState::kComplete);
  EXPECT_EQ(receipt.requested_by, "ci");
  EXPECT_EQ(receipt.completed_at_ms, kNow);
  ASSERT_EQ(receipt.places.size(), 3U);
  EXPECT_EQ(receipt.places[0].place, "store");
  EXPECT_EQ(receipt.places[1].place, "namespace_state");
  EXPECT_EQ(receipt.places[1].objects, 1U);
  EXPECT_EQ(receipt.places[2].objects, 7U);
  EXPECT_EQ(keys("namespaces/"), (std::vector<std::string>{"namespaces/docs/tombstone.json",
                                                           "namespaces/docs2/layout.json"}));
}

TEST_F(DeletionsTest, TheStoresNotFoundPurgesAllTheSame) {
  fake.namespaces.clear();
  Gateway gateway(memory, fake, clock, place);
  gateway.purger.start();
  const auto deleted = gateway.remove();
  ASSERT_TRUE(deleted);
  EXPECT_EQ(deleted->answer.status, 404);
  wait_for_purger();
  EXPECT_EQ(receipts().at(0).state, ReceiptState::kComplete);
}

TEST_F(DeletionsTest, EveryDeleteIsAnotherIncarnation) {
  Gateway gateway(memory, fake, clock, place);
  gateway.purger.start();
  for (std::uint64_t i = 1; i <= 3; ++i) {
    fake.namespaces["docs"] = kNow;
    ASSERT_TRUE(gateway.remove());
    EXPECT_EQ(incarnation(), i);
  }
  wait_for_purger();
  EXPECT_EQ(receipts().size(), 3U);
}

TEST_F(DeletionsTest, AnyOtherAnswerOfTheStoreCancels) {
  fake.deletes_refused_with = 403;
  Gateway gateway(memory, fake, clock, place);
  gateway.purger.start();
  const auto refused = gateway.remove();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->answer.status, 403);
  EXPECT_EQ(refused->deletion_id, "");
  EXPECT_EQ(keys("namespace-purges/"), std::vector<std::string>{});
  EXPECT_EQ(incarnation(), 0U);
  EXPECT_TRUE(receipts().empty());
  EXPECT_EQ(place.purges, 0);
}

TEST_F(DeletionsTest, WithoutAnIntentNothingIsDeleted) {
  objects::FaultyStore down(
      memory, [](Operation, std::string_view) { return Fault{.kind = Fault::Kind::kBefore}; });
  Gateway gateway(down, fake, clock, place);
  const auto refused = gateway.remove();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kServiceUnavailable);
  EXPECT_TRUE(fake.namespaces.contains("docs"));
  EXPECT_EQ(place.invalidated, 0);
}

TEST_F(DeletionsTest, AnIntentThatTakesTooLongIsNone) {
  objects::FaultyStore slow(memory, [](Operation operation, std::string_view) {
    return operation == Operation::kPut ? Fault{.delay = std::chrono::hours(1)} : Fault{};
  });
  Gateway gateway(slow, fake, clock, place);
  const auto refused = gateway.remove();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kServiceUnavailable);
  EXPECT_TRUE(fake.namespaces.contains("docs"));
}

TEST_F(DeletionsTest, AnIntentWhoseAnswerWasLostIsTakenBack) {
  int puts = 0;
  objects::FaultyStore lossy(memory, [&](Operation operation, std::string_view) {
    const bool first_put = operation == Operation::kPut && ++puts == 1;
    return Fault{.kind = first_put ? Fault::Kind::kAfter : Fault::Kind::kNone};
  });
  Gateway gateway(lossy, fake, clock, place);
  gateway.purger.start();
  ASSERT_FALSE(gateway.remove());
  wait_for_purger();
  EXPECT_TRUE(fake.namespaces.contains("docs"));
}

TEST_F(DeletionsTest, APlaceThatGoesOnServingCancels) {
  place.invalidate_error = Error{.code = ErrorCode::kServiceUnavailable, .message = "no"};
  Gateway gateway(memory, fake, clock, place);
  const auto refused = gateway.remove();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "no");
  EXPECT_TRUE(fake.namespaces.contains("docs"));
  EXPECT_EQ(keys("namespace-purges/"), std::vector<std::string>{});
}

TEST_F(DeletionsTest, ADeleteThatNeverReachedTheStoreCancels) {
  fake.delete_error = Error{.code = ErrorCode::kStoreUnavailable, .message = "breaker open"};
  Gateway gateway(memory, fake, clock, place);
  const auto refused = gateway.remove();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kStoreUnavailable);
  EXPECT_EQ(keys("namespace-purges/"), std::vector<std::string>{});
}

TEST_F(DeletionsTest, ADeleteWhoseAnswerWasLostIsSettledByTheStoresMetadata) {
  fake.delete_error = Error{.code = ErrorCode::kUpstream,
                            .message = "connection lost",
                            .fields = {{.name = "outcome", .value = "unknown"}}};
  Gateway gateway(memory, fake, clock, place);
  gateway.purger.start();
  ASSERT_FALSE(gateway.remove());
  wait_for_purger();
  EXPECT_EQ(receipts().at(0).state, ReceiptState::kComplete);
  EXPECT_EQ(incarnation(), 1U);
}

TEST_F(DeletionsTest, APlaceThatFailsIsTriedAgainAndNamedMeanwhile) {
  place.failures = 3;
  Gateway gateway(memory, fake, clock, place);
  const auto deleted = gateway.remove();
  ASSERT_TRUE(deleted);
  const auto intent =
      async::run_blocking(loops.at(0), [&] { return gateway.ledger.intent(deleted->deletion_id); });
  const auto once = async::run_blocking(
      loops.at(0), [&] { return gateway.purge.attempt(**intent, true, async::TimePoint::max()); });
  EXPECT_EQ(once, false);
  EXPECT_EQ(receipts().at(0).state, ReceiptState::kPending);
  EXPECT_EQ(receipts().at(0).line("fake").state, PlaceState::kFailed);
  EXPECT_EQ(receipts().at(0).line("fake").error, "the place is out of reach");
  EXPECT_EQ(receipts().at(0).line("namespace_state").state, PlaceState::kDone);
  // The purger takes the delete up on its own loop, in its own time.
  const auto counted = [&gateway] {
    return gateway.metrics.print().find("layer_namespace_purge_pending{namespace=\"docs\"} 1") !=
           std::string::npos;
  };
  for (int i = 0; i < 5000 && !counted(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_TRUE(counted());
  gateway.purger.start();
  wait_for_purger();
  EXPECT_EQ(place.purges, 4);
  EXPECT_EQ(receipts().at(0).state, ReceiptState::kComplete);
  EXPECT_EQ(receipts().at(0).line("fake").error, "");
}

TEST_F(DeletionsTest, DataOfASuccessorIsSpared) {
  place.failures = 1;
  Gateway gateway(memory, fake, clock, place);
  ASSERT_TRUE(gateway.remove());
  clock.advance(std::chrono::milliseconds(1));
  put("namespaces/docs/layout.json", "new");
  gateway.purger.start();
  wait_for_purger();
  EXPECT_EQ(keys("namespaces/docs/"), (std::vector<std::string>{"namespaces/docs/layout.json",
                                                                "namespaces/docs/tombstone.json"}));
}

// What a process that died before asking the store left behind.
class LeftIntentTest : public DeletionsTest {
 protected:
  void leave_intent(bool may_repeat) {
    Ledger ledger(memory);
    const PurgeIntent intent{.id = "018bcfe5-6800-7000-8000-000000000000",
                             .ns = "docs",
                             .physical = "docs",
                             .store = "default",
                             .requested_by = "ci",
                             .requested_at_ms = kNow,
                             .cutoff_ms = kNow,
                             .may_repeat = may_repeat};
    ASSERT_TRUE(async::run_blocking(loops.at(0), [&] { return ledger.put_intent(intent); }));
  }
};

TEST_F(LeftIntentTest, IsDeletedAgainWhenNothingWasWrittenSince) {
  leave_intent(true);
  recover();
  EXPECT_FALSE(fake.namespaces.contains("docs"));
  EXPECT_EQ(receipts().at(0).state, ReceiptState::kComplete);
}

TEST_F(LeftIntentTest, IsGivenUpWhenTheNamespaceIsInUse) {
  leave_intent(true);
  fake.namespaces["docs"] = kNow + 1;
  recover();
  EXPECT_TRUE(fake.namespaces.contains("docs"));
  EXPECT_EQ(receipts().at(0).state, ReceiptState::kFailed);
  EXPECT_EQ(receipts().at(0).reason, "namespace_in_use");
  EXPECT_EQ(incarnation(), 0U);
  EXPECT_EQ(place.purges, 0);
}

TEST_F(LeftIntentTest, OfACallerOnlyTheStoreCanJudgeIsNotRepeated) {
  leave_intent(false);
  recover();
  EXPECT_TRUE(fake.namespaces.contains("docs"));
  EXPECT_EQ(receipts().at(0).reason, "delete_unconfirmed");
}

TEST_F(LeftIntentTest, IsLeftAloneWhileItsRequestMayStillRun) {
  leave_intent(true);
  Gateway gateway(memory, fake, clock, place);
  gateway.purger.start();
  async::run_blocking(loops.at(0), [] { return async::sleep_for(std::chrono::milliseconds(20)); });
  gateway.purger.stop();
  EXPECT_EQ(keys("namespace-purges/").size(), 1U);
  EXPECT_TRUE(fake.namespaces.contains("docs"));
}

// The process dies at each object-store operation in turn, before it or after it; the next process
// finds all of the deletion done or nothing of it.
class CrashTest : public DeletionsTest, public ::testing::WithParamInterface<Fault::Kind> {};

TEST_P(CrashTest, AtAnyOperationLeavesAllOrNothing) {
  for (int survived = 0;; ++survived) {
    SCOPED_TRACE("dies at operation " + std::to_string(survived));
    fake.namespaces["docs"] = kNow - 1000;
    clock.set_wall_ms(kNow);
    put("namespaces/docs/layout.json", "{}");
    const std::uint64_t before = incarnation();
    const std::size_t receipts_before = receipts().size();
    std::atomic<int> operations = 0;
    bool answered = false;
    {
      objects::FaultyStore dying(memory, [&](Operation, std::string_view) {
        const int now = operations++;
        return Fault{.kind = now < survived    ? Fault::Kind::kNone
                             : now == survived ? GetParam()
                                               : Fault::Kind::kBefore};
      });
      Gateway gateway(dying, fake, clock, place);
      answered = gateway.remove().has_value();
      if (answered) {
        gateway.purger.start();
        for (int tries = 0; tries < 50 && !keys("namespace-purges/").empty(); ++tries) {
          async::run_blocking(loops.at(0),
                              [] { return async::sleep_for(std::chrono::milliseconds(1)); });
        }
      }
    }
    recover();
    const bool gone = !fake.namespaces.contains("docs");
    EXPECT_TRUE(gone || !answered);
    EXPECT_EQ(incarnation(), before + (gone ? 1 : 0));
    ASSERT_EQ(receipts().size(), receipts_before + (gone ? 1 : 0));
    if (gone) {
      EXPECT_EQ(receipts()[0].state, ReceiptState::kComplete);
      EXPECT_EQ(keys("namespaces/docs/"),
                std::vector<std::string>{"namespaces/docs/tombstone.json"});
    }
    if (operations <= survived) {
      EXPECT_GT(survived, 8) << "the run that nothing cut short has all operations";
      break;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Moments, CrashTest,
                         ::testing::Values(Fault::Kind::kBefore, Fault::Kind::kAfter),
                         [](const auto& kind) {
                           return kind.param == Fault::Kind::kBefore ? "before" : "after";
                         });

}  // namespace
}  // namespace layer::features::deletions
