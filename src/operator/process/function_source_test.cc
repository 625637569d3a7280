#include "operator/process/function_source.h"

#include <gmock/gmock.h>

#include "queue/testing_queues.h"

namespace layer::workers {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class FunctionSourceTest : public queue::QueueTest {
 protected:
  FunctionSourceTest() {
    run([&] { return world->functions().put({.id = "embed"}); });
  }
  void add(std::size_t count) {
    std::vector<queue::ItemKey> keys;
    for (std::size_t i = 0; i < count; ++i) {
      keys.push_back({.ns = "docs", .id_kind = queue::IdKind::kUint, .id = std::to_string(i)});
    }
    ASSERT_TRUE(run([&] { return world->functions().add("embed", keys, queue::AddMode::kKeep); }));
  }
  std::size_t claim(std::string worker, std::size_t limit) {
    return run([&] {
             return world->functions().claim(
                 {.function = "embed", .worker = worker, .limit = limit, .lease_for = 120s});
           })
        ->items.size();
  }
  queue::FunctionCounts counts() {
    return *run([&] { return world->functions().counts("embed"); });
  }

  FunctionSource source{world->functions()};
};

TEST_P(FunctionSourceTest, LeasesOfOneThatIsGoneAreOverAtOnce) {
  add(5);
  EXPECT_EQ(run([&] { return source.depth("embed"); }), 5);
  EXPECT_EQ(claim("embed-1", 3), 3);
  EXPECT_EQ(claim("embed-2", 1), 1);
  EXPECT_EQ(run([&] { return source.depth("embed"); }), 5);
  EXPECT_THAT(*run([&] { return source.holders("embed"); }), ElementsAre("embed-1", "embed-2"));
  EXPECT_EQ(run([&] { return source.release("embed", "embed-1"); }), 3);
  EXPECT_EQ(counts().leased, 1);
  EXPECT_EQ(counts().pending, 4);
  EXPECT_THAT(*run([&] { return source.holders("embed"); }), ElementsAre("embed-2"));
  EXPECT_EQ(run([&] { return source.release("embed", "embed-1"); }), 0);
}

TEST_P(FunctionSourceTest, ManyLeasesAreSeenPageByPage) {
  const std::size_t count = queue::kWorkListMax + 10;
  add(count);
  EXPECT_EQ(claim("embed-1", count), count);
  EXPECT_EQ(run([&] { return source.release("embed", "embed-1"); }), count);
  EXPECT_THAT(*run([&] { return source.holders("embed"); }), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Queues, FunctionSourceTest, ::testing::ValuesIn(queue::queue_kinds()),
                         queue::queue_name);

}  // namespace
}  // namespace layer::workers
