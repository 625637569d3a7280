// What every kind of document queue promises, run over each of them.
#include "queue/document_queue.h"

#include <gtest/gtest.h>

#include <algorithm>

#include <fmt/format.h>

#include "queue/testing_queues.h"

namespace layer::queue {
namespace {

using namespace std::chrono_literals;

class DocumentQueueTest : public QueueTest {
 protected:
  DocumentQueueTest() { make("p"); }

  void make(std::string id) {
    const auto made = run([&] { return queue.create({.id = id, .target_namespace = "docs"}); });
    EXPECT_TRUE(made && *made);
  }
  bool stage(std::string id, std::uint64_t revision = 1, std::string stage = "pending") {
    const auto staged = run([&] {
      return queue.stage(
          {.pipeline = "p", .id = id, .stage = stage, .revision = revision, .chunks = 3});
    });
    EXPECT_TRUE(staged) << staged.error().message;
    return *staged;
  }
  std::vector<ClaimedDocument> claim(ClaimDocuments what = {}) {
    what.pipeline = "p";
    what.worker = what.worker.empty() ? "w" : what.worker;
    what.lease_for = 900s;
    auto claimed = run([&] { return queue.claim(what); });
    EXPECT_TRUE(claimed) << claimed.error().message;
    return *claimed;
  }
  Outcomes move(MoveDocuments what) {
    what.pipeline = "p";
    auto moved = run([&] { return queue.move(what); });
    EXPECT_TRUE(moved) << moved.error().message;
    return *moved;
  }
  Outcome extend(DocumentLease one, std::string worker = "w", std::string stage = "embedding") {
    return run([&] { return queue.extend("p", stage, worker, {one}, 900s); })->at(0);
  }
  static DocumentLease lease(const ClaimedDocument& document) {
    return {.id = document.id, .epoch = document.epoch};
  }
  Document document(std::string id) {
    auto found = run([&] { return queue.document("p", id); });
    EXPECT_TRUE(found && *found);
    return **found;
  }
  DocumentCounts counts() {
    return *run([&] { return queue.counts("p"); });
  }

  DocumentQueue& queue = world->documents();
};

INSTANTIATE_TEST_SUITE_P(Kinds, DocumentQueueTest, ::testing::ValuesIn(queue_kinds()), queue_name);

TEST_P(DocumentQueueTest, pipelines_are_made_once_listed_paused_and_removed) {
  EXPECT_FALSE(*run([&] { return queue.create({.id = "p"}); }));
  const auto other = run([&] {
    return queue.create({.id = "a", .target_namespace = "t", .distance_metric = "cosine_distance"});
  });
  EXPECT_EQ((*other)->created_at_ms, clock.wall_ms());
  const auto all = *run([&] { return queue.pipelines(); });
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].id, "a");
  EXPECT_EQ(all[0].target_namespace, "t");
  EXPECT_EQ(all[0].distance_metric, "cosine_distance");
  EXPECT_TRUE(run([&] { return queue.pause("p", true); }).value()->paused);
  stage("d");
  EXPECT_TRUE(claim().empty());
  run([&] { return queue.pause("p", false); });
  EXPECT_EQ(claim().size(), 1U);

  EXPECT_TRUE(*run([&] { return queue.remove("p"); }));
  EXPECT_FALSE(*run([&] { return queue.remove("p"); }));
  EXPECT_FALSE(*run([&] { return queue.find("p"); }));
  EXPECT_FALSE(*run([&] { return queue.pause("p", true); }));
  EXPECT_EQ(run([&] { return queue.claim({.pipeline = "p", .worker = "w"}); }).error().code,
            ErrorCode::kNotFound);
  EXPECT_EQ(run([&] { return queue.stage({.pipeline = "p", .id = "d"}); }).error().code,
            ErrorCode::kNotFound);
  EXPECT_EQ(run([&] { return queue.move({.pipeline = "p", .stage = "indexed"}); }).error().code,
            ErrorCode::kNotFound);
  make("p");
  EXPECT_TRUE(counts().stages.empty());
}

TEST_P(DocumentQueueTest, a_claim_takes_the_oldest_first_and_each_once) {
  for (int i = 0; i < 5; ++i) {
    stage(fmt::format("d{}", 9 - i));
    clock.advance(1s);
  }
  const auto first = claim({.worker = "w1", .limit = 2});
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[0].id, "d9");
  EXPECT_EQ(first[0].waited_since_ms, clock.wall_ms() - 5000);
  EXPECT_EQ(first[0].revision, 1U);
  EXPECT_EQ(first[1].id, "d8");
  const Document held = document("d9");
  EXPECT_EQ(held.stage, "embedding");
  EXPECT_EQ(held.worker, "w1");
  EXPECT_EQ(held.epoch, first[0].epoch);
  EXPECT_EQ(held.until_ms, clock.wall_ms() + 900'000);
  EXPECT_EQ(claim({.worker = "w2"}).size(), 3U);
  EXPECT_TRUE(claim({.worker = "w3"}).empty());
}

TEST_P(DocumentQueueTest, a_claim_keeps_to_a_stage_and_a_prefix) {
  stage("a/1");
  stage("a/2", 1, "parsed");
  stage("ä/3");
  stage(std::string("a\0", 2));
  EXPECT_TRUE(claim({.prefix = "b"}).empty());
  EXPECT_EQ(claim({.prefix = "ä"}).size(), 1U);
  EXPECT_EQ(claim({.prefix = std::string("a\0", 2)}).at(0).id, std::string("a\0", 2));
  const auto parsed = claim({.stage = "parsed", .claim_stage = "captioning"});
  ASSERT_EQ(parsed.size(), 1U);
  EXPECT_EQ(document("a/2").stage, "captioning");
  EXPECT_EQ(claim({.prefix = "a"}).size(), 1U);
}

TEST_P(DocumentQueueTest, staging_again_begins_anew_and_ends_the_lease) {
  stage("d");
  const auto held = claim().at(0);
  EXPECT_FALSE(stage("d", 1)) << "that revision is staged already";
  EXPECT_EQ(document("d").stage, "embedding");
  EXPECT_TRUE(stage("d", 2));
  const Document again = document("d");
  EXPECT_EQ(again.stage, "pending");
  EXPECT_EQ(again.revision, 2U);
  EXPECT_EQ(again.until_ms, 0);
  const auto taken = claim({.worker = "other"}).at(0);
  EXPECT_EQ(move({.documents = {lease(held)}, .stage = "indexed", .worker = "w"}).at(0)->reason,
            Rejection::kStaleClaim);
  EXPECT_EQ(extend(lease(held))->reason, Rejection::kStaleClaim);
  EXPECT_EQ(document("d").stage, "embedding");
  EXPECT_EQ(extend(lease(taken), "other"), std::nullopt);
}

TEST_P(DocumentQueueTest, completed_documents_stay_in_their_stage_and_are_counted) {
  stage("a");
  stage("b");
  const auto held = claim();
  const auto moved =
      move({.documents = {lease(held[0]), lease(held[1])}, .stage = "indexed", .worker = "w"});
  EXPECT_EQ(moved, (Outcomes{std::nullopt, std::nullopt}));
  EXPECT_EQ(counts().in("indexed"), 2U);
  EXPECT_EQ(counts().leased(), 0U);
  EXPECT_EQ(run([&] { return queue.rates("p"); })->at(0).completed, 2U);
  EXPECT_EQ(move({.documents = {lease(held[0])}, .stage = "failed", .worker = "w"}).at(0)->reason,
            Rejection::kOwnershipLost);
}

TEST_P(DocumentQueueTest, a_lease_that_runs_out_brings_the_document_back_and_counts) {
  stage("d", 1, "parsed");
  for (std::uint32_t i = 0; i < kDocumentAttemptsMax; ++i) {
    const auto held = claim({.stage = "parsed"});
    ASSERT_EQ(held.size(), 1U) << i;
    EXPECT_EQ(held[0].attempts, i);
    clock.advance(900s);
  }
  EXPECT_TRUE(claim({.stage = "parsed"}).empty()) << "a claim takes back what ran out";
  const Document failed = document("d");
  EXPECT_EQ(failed.stage, "failed");
  EXPECT_EQ(failed.reason, "lease_expired");
  EXPECT_EQ(counts().failed, (std::vector<FailedReason>{{"lease_expired", 1}}));
}

TEST_P(DocumentQueueTest, the_reaper_says_what_it_did) {
  stage("d");
  const auto held = claim().at(0);
  EXPECT_EQ(*run([&] { return queue.reap(10); }), Reaped{});
  clock.advance(900s);
  EXPECT_EQ(*run([&] { return queue.reap(10); }), (Reaped{.returned = 1}));
  EXPECT_EQ(document("d").stage, "pending");
  EXPECT_EQ(extend(lease(held))->reason, Rejection::kStageMismatch);
  EXPECT_EQ(extend(lease(held))->disposition, Disposition::kReclaim);
}

TEST_P(DocumentQueueTest, a_release_counts_no_attempt) {
  stage("d");
  for (std::uint32_t i = 0; i < 2 * kDocumentAttemptsMax; ++i) {
    const auto held = claim();
    ASSERT_EQ(held.size(), 1U);
    EXPECT_EQ(held[0].attempts, 0U);
    EXPECT_EQ(move({.documents = {lease(held[0])}, .stage = "pending", .worker = "w"}).at(0),
              std::nullopt);
  }
}

TEST_P(DocumentQueueTest, failures_are_counted_by_reason) {
  for (const char* id : {"a", "b", "c"}) {
    stage(id);
  }
  const auto held = claim();
  move({.documents = {lease(held[0]), lease(held[1])},
        .stage = "failed",
        .worker = "w",
        .reason = "too_large"});
  move({.documents = {lease(held[2])}, .stage = "failed", .worker = "w", .reason = "empty"});
  EXPECT_EQ(counts().failed, (std::vector<FailedReason>{{"empty", 1}, {"too_large", 2}}));
  EXPECT_EQ(document(held[0].id).reason, "too_large");
  EXPECT_EQ(run([&] { return queue.rates("p"); })->at(0).failed, 3U);
}

TEST_P(DocumentQueueTest, what_somebody_holds_moves_only_for_them_or_an_operator) {
  stage("d");
  claim({.worker = "w1"});
  EXPECT_EQ(move({.documents = {{"d"}}, .stage = "indexed", .worker = "w2"}).at(0)->reason,
            Rejection::kClaimNotOwned);
  EXPECT_EQ(move({.documents = {{"d"}}, .stage = "indexed"}).at(0)->reason,
            Rejection::kClaimNotOwned);
  EXPECT_EQ(move({.documents = {{"d"}}, .stage = "pending", .operates = true}).at(0), std::nullopt);
  EXPECT_EQ(move({.documents = {{"d"}}, .stage = "failed"}).at(0), std::nullopt)
      << "nobody holds it now";
  claim({.stage = "failed", .worker = "w1"});
  EXPECT_EQ(move({.documents = {{"d"}}, .stage = "indexed", .worker = "w1"}).at(0), std::nullopt)
      << "its worker needs no epoch while the lease lasts";
}

TEST_P(DocumentQueueTest, moves_are_guarded_by_the_stage_they_start_from) {
  stage("a");
  stage("b", 1, "parsed");
  const auto moved =
      move({.documents = {{"a"}, {"b"}, {"c"}}, .stage = "ready", .from_stage = "parsed"});
  EXPECT_EQ(moved.at(0)->reason, Rejection::kStageMismatch);
  EXPECT_EQ(moved.at(1), std::nullopt);
  EXPECT_EQ(moved.at(2)->reason, Rejection::kNotFound);
  EXPECT_EQ(document("a").stage, "pending");
  EXPECT_EQ(document("b").stage, "ready");
}

TEST_P(DocumentQueueTest, missing_documents_begin_where_they_are_moved_if_asked) {
  stage("a");
  const auto moved =
      move({.documents = {{"a"}, {"b"}}, .stage = "indexed", .create_missing = true});
  EXPECT_EQ(moved, (Outcomes{std::nullopt, std::nullopt}));
  EXPECT_EQ(document("b").revision, 0U);
  EXPECT_EQ(counts().in("indexed"), 2U);
  EXPECT_EQ(run([&] { return queue.rates("p"); })->at(0).completed, 2U);
  EXPECT_TRUE(stage("b", 1));
}

TEST_P(DocumentQueueTest, unreadable_chunks_wait_and_end) {
  stage("d");
  for (std::uint32_t i = 1; i <= kDocumentAttemptsMax; ++i) {
    const auto held = claim();
    ASSERT_EQ(held.size(), 1U) << i;
    EXPECT_EQ(held[0].attempts, 0U);
    EXPECT_EQ(*run([&] { return queue.unreadable("p", "w", lease(held[0])); }), std::nullopt);
    EXPECT_TRUE(claim().empty());
    clock.advance(kUnreadableWait);
    EXPECT_NE(*run([&] { return queue.unreadable("p", "w", lease(held[0])); }), std::nullopt);
  }
  EXPECT_TRUE(claim().empty());
  EXPECT_EQ(document("d").reason, "chunks_unreadable");
}

TEST_P(DocumentQueueTest, counts_say_what_a_scaler_needs) {
  for (int i = 0; i < 6; ++i) {
    stage(fmt::format("d{}", i));
  }
  const auto held = claim({.limit = 3});
  move({.documents = {lease(held[0])}, .stage = "indexed", .worker = "w"});
  const DocumentCounts counted = counts();
  EXPECT_EQ(counted.in("pending"), 3U);
  EXPECT_EQ(counted.in("embedding"), 2U);
  EXPECT_EQ(counted.in("none"), 0U);
  EXPECT_EQ(counted.leased(), 2U);
  EXPECT_EQ(counted.depth(), 5U);
  EXPECT_EQ(counted.stages.at(0).oldest_ms, clock.wall_ms());
}

TEST_P(DocumentQueueTest, lists_come_in_pages_that_neither_repeat_nor_skip) {
  std::vector<std::string> ids;
  for (int i = 0; i < 25; ++i) {
    ids.push_back(fmt::format("{}/{}", i % 2 == 0 ? "even" : "odd", i));
    stage(ids.back(), 1, i % 5 == 0 ? "fifth" : "pending");
  }
  std::ranges::sort(ids);
  std::vector<std::string> paged;
  while (true) {
    const auto page =
        *run([&] { return queue.documents("p", {}, paged.empty() ? "" : paged.back(), 4); });
    if (page.empty()) {
      break;
    }
    for (const Document& each : page) {
      paged.push_back(each.id);
    }
  }
  EXPECT_EQ(paged, ids);
  EXPECT_EQ(run([&] { return queue.documents("p", {.stage = "fifth"}, "", 100); })->size(), 5U);
  EXPECT_EQ(run([&] {
              return queue.documents("p", {.stage = "fifth", .prefix = "odd"}, "", 100);
            })->size(),
            2U);
}

TEST_P(DocumentQueueTest, names_are_bounded) {
  const auto refused = [&](std::string id, std::string stage) {
    const auto answer =
        run([&] { return queue.stage({.pipeline = "p", .id = id, .stage = stage}); });
    return !answer && answer.error().code == ErrorCode::kInvalidArgument;
  };
  EXPECT_TRUE(refused("", "pending"));
  EXPECT_TRUE(refused(std::string(kDocumentIdBytesMax + 1, 'x'), "pending"));
  EXPECT_FALSE(refused(std::string(kDocumentIdBytesMax, 'x'), "pending"));
  EXPECT_TRUE(refused("d", ""));
  EXPECT_TRUE(refused("d", "Pending"));
  EXPECT_TRUE(refused("d", std::string(kStageBytesMax + 1, 'x')));
  const std::vector<DocumentLease> many(kWorkBatchMax + 1, DocumentLease{.id = "d"});
  EXPECT_EQ(
      run([&] { return queue.move({.pipeline = "p", .documents = many, .stage = "indexed"}); })
          .error()
          .code,
      ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace layer::queue
