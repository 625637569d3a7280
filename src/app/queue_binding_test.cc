#include "app/queue_binding.h"

#include <gtest/gtest.h>

#include "async/loops.h"
#include "async/run.h"
#include "core/clock.h"
#include "objects/memory_store.h"

namespace layer::app {
namespace {

class QueueBindingTest : public ::testing::Test {
 protected:
  Result<void> bind(QueueIdentity queue, bool adopt = false) {
    return async::run_blocking(loops.at(0), [&] { return bind_queue(objects, queue, adopt); });
  }

  async::Loops loops{1};
  core::ManualClock clock;
  objects::MemoryStore objects{clock};
  const QueueIdentity fleet{.kind = "postgres", .instance = "a", .binds = true};
  const QueueIdentity other{.kind = "postgres", .instance = "b", .binds = true};
  const QueueIdentity alone{.kind = "sqlite", .instance = "c"};
};

TEST_F(QueueBindingTest, an_object_store_belongs_to_the_first_database) {
  EXPECT_TRUE(bind(fleet));
  EXPECT_TRUE(bind(fleet));
  const auto refused = bind(other);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(refused.error().message.find("--adopt-queue"), std::string::npos);
}

TEST_F(QueueBindingTest, adopting_moves_it_for_good) {
  EXPECT_TRUE(bind(fleet));
  EXPECT_TRUE(bind(other, true));
  EXPECT_TRUE(bind(other));
  EXPECT_FALSE(bind(fleet));
}

TEST_F(QueueBindingTest, a_database_of_one_process_binds_nothing_but_respects_a_binding) {
  EXPECT_TRUE(bind(alone));
  EXPECT_TRUE(bind(fleet));
  EXPECT_FALSE(bind(alone));
  EXPECT_TRUE(bind(alone, true));
  EXPECT_FALSE(bind(fleet));
}

TEST_F(QueueBindingTest, a_binding_that_cannot_be_read_is_no_binding_to_guess) {
  async::run_blocking(loops.at(0), [&] {
    return objects.put("system/queue.json", "{}", objects::Condition::none());
  });
  EXPECT_EQ(bind(fleet).error().code, ErrorCode::kCorrupt);
  EXPECT_TRUE(bind(fleet, true));
}

}  // namespace
}  // namespace layer::app
