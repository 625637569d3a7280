#include "queue/announced_functions.h"

#include "queue/testing_functions.h"

namespace layer::queue {
namespace {

class AnnouncedFunctionsTest : public FunctionQueueTest {};
INSTANTIATE_TEST_SUITE_P(Kinds, AnnouncedFunctionsTest, ::testing::ValuesIn(queue_kinds()),
                         queue_name);

TEST_P(AnnouncedFunctionsTest, items_that_come_to_wait_are_announced) {
  AnnouncedFunctions announced(queue);
  std::vector<std::string> told;
  announced.on_waiting([&](std::string_view id) { told.emplace_back(id); });
  const auto once = [&](const char* what) {
    EXPECT_EQ(told, std::vector<std::string>{"f"}) << what;
    told.clear();
  };
  ASSERT_TRUE(run([&] { return announced.add("f", {key("1"), key("2")}, AddMode::kKeep); }));
  once("new ones");
  ASSERT_TRUE(run([&] { return announced.add("f", {key("1")}, AddMode::kKeep); }));
  EXPECT_TRUE(told.empty()) << "it waited already";

  const auto held = claim("w", 1);
  ASSERT_TRUE(run([&] { return announced.release("f", "w", {lease(held.at(0))}); }));
  once("released ones");
  ASSERT_TRUE(run([&] { return announced.release("f", "w", {lease(held.at(0))}); }));
  EXPECT_TRUE(told.empty()) << "it was not the worker's any more";

  ASSERT_TRUE(run([&] { return announced.pause("f", true); }));
  EXPECT_TRUE(told.empty());
  ASSERT_TRUE(run([&] { return announced.pause("f", false); }));
  once("those of one that goes on");

  const auto again = claim("w", 1);
  ASSERT_TRUE(run([&] {
    return announced.fail(
        "f", "w", {{.lease = lease(again.at(0)), .kind = FailureKind::kPermanent, .message = "x"}});
  }));
  EXPECT_TRUE(told.empty());
  EXPECT_EQ(*run([&] { return announced.reset_failed("f"); }), 1U);
  once("failed ones that may wait again");
  EXPECT_EQ(*run([&] { return announced.reset_failed("f"); }), 0U);
  EXPECT_TRUE(told.empty());
}

}  // namespace
}  // namespace layer::queue
