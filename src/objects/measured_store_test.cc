#include "objects/measured_store.h"

#include <gtest/gtest.h>

#include "async/loops.h"
#include "async/run.h"
#include "objects/faulty_store.h"
#include "objects/memory_store.h"

namespace layer::objects {
namespace {

TEST(MeasuredStore, CountsOperationsByHowTheyEnded) {
  async::Loops loops(1);
  core::ManualClock clock;
  core::Metrics metrics;
  MemoryStore memory(clock);
  MeasuredStore store(memory, metrics);
  async::run_blocking(loops.at(0), [&]() -> async::Task<> {
    co_await store.put("k", "1", Condition::absent());
    co_await store.put("k", "2", Condition::absent());
    co_await store.get("nothing");
    co_await store.get("//");
  });
  const std::string text = metrics.print();
  for (const std::string_view labels :
       {R"(operation="put",status="ok")", R"(operation="put",status="conflict")",
        R"(operation="get",status="not_found")", R"(operation="get",status="error")"}) {
    const std::string line = "layer_s3_op_duration_seconds_count{" + std::string(labels) + "} 1\n";
    EXPECT_NE(text.find(line), std::string::npos) << labels << "\n" << text;
  }
}

TEST(MeasuredStore, RemembersWhetherTheStoreIsThere) {
  async::Loops loops(1);
  core::ManualClock clock;
  core::Metrics metrics;
  MemoryStore memory(clock);
  bool down = true;
  FaultyStore faulty(memory, [&](Operation, std::string_view) {
    return Fault{.kind = down ? Fault::Kind::kBefore : Fault::Kind::kNone};
  });
  MeasuredStore store(faulty, metrics);
  const auto get = [&] {
    (void)async::run_blocking(loops.at(0), [&] { return store.get("k"); });
    return store.ok();
  };
  EXPECT_TRUE(store.ok());
  EXPECT_FALSE(get());
  down = false;
  EXPECT_TRUE(get()) << "what is not there was looked for";
}

}  // namespace
}  // namespace layer::objects
