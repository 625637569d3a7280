#include "features/pipelines/pipelines.h"

#include <gtest/gtest.h>

#include "features/pipelines/reaper.h"
#include "objects/memory_store.h"
#include "queue/testing_queues.h"

namespace layer::features::pipelines {
namespace {

using namespace std::chrono_literals;

class PipelinesTest : public ::testing::Test {
 protected:
  template <class Make>
  auto run(Make make) {
    return async::run_blocking(loops.at(0), make);
  }
  void create(std::string id = "p") {
    ASSERT_TRUE(run([&] {
      return service.create({.id = id, .target_namespace = "n", .distance_metric = "d"});
    }));
  }
  Result<void> stage(std::string id, std::vector<Chunk> staged) {
    return run([&] { return service.stage("p", id, {.chunks = staged, .stage = "pending"}); });
  }
  std::vector<queue::ClaimedDocument> claim(std::string worker = "w") {
    auto claimed =
        run([&] { return service.claim({.pipeline = "p", .worker = worker, .lease_for = 60s}); });
    EXPECT_TRUE(claimed);
    return claimed ? *claimed : std::vector<queue::ClaimedDocument>();
  }

  core::ManualClock clock;
  async::Loops loops{1};
  async::CpuPool pool{{}};
  core::Metrics metrics;
  core::Logger log{{.level = core::LogLevel::kError}};
  objects::MemoryStore objects{clock};
  queue::SqliteQueues queues{clock};
  ChunkStore chunks{{.objects = objects, .pool = pool, .clock = clock}};
  Pipelines service{{.queue = queues.documents(), .chunks = chunks, .clock = clock}};
};

const std::vector<Chunk> kChunks{{.id = "a#0", .text = R"("one")"}};
const std::vector<Chunk> kOthers{{.id = "a#0", .text = R"("two")"}, {.id = "a#1"}};

TEST_F(PipelinesTest, AStagedDocumentIsClaimedOnceWithTheChunksOfItsLastStaging) {
  create();
  ASSERT_TRUE(stage("a", kChunks));
  ASSERT_TRUE(stage("a", kOthers));
  const auto claimed = claim();
  ASSERT_EQ(claimed.size(), 1U);
  EXPECT_EQ(claimed[0].id, "a");
  EXPECT_TRUE(claim("other").empty());
  const auto read = run([&] { return service.chunks("p", "a"); });
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, kOthers);
}

TEST_F(PipelinesTest, StagingEndsTheLeaseOfWhoWorksOnTheOldChunks) {
  create();
  ASSERT_TRUE(stage("a", kChunks));
  const auto claimed = claim();
  ASSERT_TRUE(stage("a", kOthers));
  const auto moved = run([&] {
    return service.move({.pipeline = "p",
                         .documents = {{.id = "a", .epoch = claimed.at(0).epoch}},
                         .stage = "indexed",
                         .worker = "w"});
  });
  ASSERT_TRUE(moved);
  EXPECT_TRUE(moved->at(0).has_value());
  EXPECT_EQ(claim("other").size(), 1U);
}

TEST_F(PipelinesTest, OldRevisionsStayForAnHour) {
  create();
  const auto count = [&] {
    return run([&] { return objects.list("pipelines/", "", 100); })->objects.size();
  };
  ASSERT_TRUE(stage("a", kChunks));
  ASSERT_TRUE(stage("a", kOthers));
  EXPECT_EQ(count(), 2U);
  clock.advance(2h);
  ASSERT_TRUE(stage("a", kChunks));
  EXPECT_EQ(count(), 1U);
}

TEST_F(PipelinesTest, AnObjectThatNobodyHeardOfIsPassedOver) {
  create();
  // A staging whose queue row was never written.
  ASSERT_EQ(run([&] { return chunks.put("p", "a", 1, kChunks); }), Result<std::uint64_t>(1U));
  ASSERT_TRUE(stage("a", kOthers));
  EXPECT_EQ(*run([&] { return service.chunks("p", "a"); }), kOthers);
}

TEST_F(PipelinesTest, ChunksThatCannotBeReadFailTheDocumentInTheEnd) {
  create();
  ASSERT_TRUE(stage("a", kChunks));
  const auto objects_of = run([&] { return objects.list("pipelines/", "", 10); });
  ASSERT_TRUE(run([&] { return objects.remove(objects_of->objects.at(0).key); }));
  for (std::uint32_t attempt = 0; attempt < queue::kDocumentAttemptsMax; ++attempt) {
    clock.advance(10s);
    ASSERT_EQ(claim().size(), 1U) << attempt;
    const auto read = run([&] { return service.chunks("p", "a"); });
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, ErrorCode::kServiceUnavailable);
  }
  clock.advance(10s);
  EXPECT_TRUE(claim().empty());
  const auto document = run([&] { return service.document("p", "a"); });
  ASSERT_TRUE(document);
  EXPECT_EQ(document->stage, "failed");
  EXPECT_EQ(document->reason, "chunks_unreadable");
}

TEST_F(PipelinesTest, ALeaseThatIsOverReturnsItsDocument) {
  create();
  ASSERT_TRUE(stage("a", kChunks));
  ASSERT_EQ(claim().size(), 1U);
  Reaper reaper({.queue = queues.documents(), .metrics = metrics, .log = log, .loop = loops.at(0)});
  clock.advance(2min);
  ASSERT_TRUE(run([&] { return reaper.turn(); }));
  EXPECT_TRUE(metrics.print().contains(R"(layer_pipeline_queue_depth{pipeline_id="p"} 1)"));
  EXPECT_EQ(claim("other").size(), 1U);
}

TEST_F(PipelinesTest, AStatusIsKeptForAWhile) {
  create();
  ASSERT_TRUE(stage("a", kChunks));
  const auto pending = [&](bool fresh) {
    const auto status = run([&] { return service.status("p", fresh); });
    return status ? status->counts.in("pending") : 99U;
  };
  EXPECT_EQ(pending(false), 1U);
  ASSERT_TRUE(stage("b", kChunks));
  EXPECT_EQ(pending(false), 1U);
  EXPECT_EQ(pending(true), 2U);
  ASSERT_TRUE(stage("c", kChunks));
  clock.advance(kStatusKeptFor);
  EXPECT_EQ(pending(false), 3U);
}

TEST_F(PipelinesTest, WhatIsRemovedLeavesNoChunks) {
  create();
  ASSERT_TRUE(stage("a", kChunks));
  ASSERT_TRUE(run([&] { return service.remove("p"); }));
  EXPECT_TRUE(run([&] { return objects.list("pipelines/", "", 10); })->objects.empty());
  const auto again = run([&] { return service.remove("p"); });
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(stage("a", kChunks).error().code, ErrorCode::kNotFound);
}

TEST_F(PipelinesTest, AnIdIsGivenOnce) {
  create();
  const auto again = run([&] { return service.create({.id = "p", .target_namespace = "m"}); });
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kConflict);
}

}  // namespace
}  // namespace layer::features::pipelines
