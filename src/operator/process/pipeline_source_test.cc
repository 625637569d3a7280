#include "operator/process/pipeline_source.h"

#include <gmock/gmock.h>

#include "queue/testing_queues.h"

namespace layer::workers {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class PipelineSourceTest : public queue::QueueTest {
 protected:
  PipelineSourceTest() {
    run([&] { return world->documents().create({.id = "books", .target_namespace = "docs"}); });
  }
  void stage(std::string id, std::string stage) {
    ASSERT_TRUE(*run(
        [&] { return world->documents().stage({.pipeline = "books", .id = id, .stage = stage}); }));
  }
  std::vector<queue::ClaimedDocument> claim(std::string worker, std::string from, std::string to,
                                            std::size_t limit) {
    return *run([&] {
      return world->documents().claim({.pipeline = "books",
                                       .stage = from,
                                       .claim_stage = to,
                                       .worker = worker,
                                       .limit = limit,
                                       .lease_for = 900s});
    });
  }
  queue::Document document(std::string id) {
    return **run([&] { return world->documents().document("books", id); });
  }

  PipelineSource source{world->documents()};
};

TEST_P(PipelineSourceTest, ADepthIsWhatWaitsAndWhatIsWorkedOn) {
  EXPECT_EQ(run([&] { return source.depth("books"); }), 0);
  for (const char* id : {"a", "b", "c"}) {
    stage(id, "pending");
  }
  claim("books-1", "pending", "embedding", 1);
  EXPECT_EQ(run([&] { return source.depth("books"); }), 3);
}

TEST_P(PipelineSourceTest, LeasesOfOneThatIsGoneAreOverAtOnce) {
  for (const char* id : {"a", "b", "c", "d"}) {
    stage(id, "pending");
  }
  stage("scan", "ocr");
  claim("books-1", "pending", "embedding", 2);
  claim("books-2", "pending", "embedding", 1);
  claim("books-1", "ocr", "reading", 1);
  EXPECT_THAT(*run([&] { return source.holders("books"); }), ElementsAre("books-1", "books-2"));
  EXPECT_EQ(run([&] { return source.release("books", "books-1"); }), 3);
  EXPECT_THAT(*run([&] { return source.holders("books"); }), ElementsAre("books-2"));
  EXPECT_EQ(document("a").stage, "pending");
  EXPECT_EQ(document("a").attempts, 1) << "as if the lease had run out";
  EXPECT_EQ(document("scan").stage, "ocr") << "where it was claimed from";
  EXPECT_EQ(document("c").stage, "embedding");
  EXPECT_EQ(run([&] { return source.release("books", "books-1"); }), 0);
}

TEST_P(PipelineSourceTest, ManyLeasesAreSeenPageByPage) {
  const std::size_t count = queue::kWorkListMax + 10;
  for (std::size_t i = 0; i < count; ++i) {
    stage("d" + std::to_string(i), "pending");
  }
  claim("books-1", "pending", "embedding", count);
  EXPECT_EQ(run([&] { return source.release("books", "books-1"); }), count);
  EXPECT_THAT(*run([&] { return source.holders("books"); }), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Queues, PipelineSourceTest, ::testing::ValuesIn(queue::queue_kinds()),
                         queue::queue_name);

}  // namespace
}  // namespace layer::workers
