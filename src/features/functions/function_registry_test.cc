#include "features/functions/function_registry.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "async/loops.h"
#include "async/run.h"
#include "core/random.h"
#include "features/functions/print_function.h"
#include "queue/sqlite/sqlite_function_queue.h"
#include "queue/sqlite/sqlite_job_store.h"

namespace layer::features::functions {
namespace {

using namespace std::chrono_literals;

constexpr const char* kSpec = R"({"target_namespaces":["docs"],"index_selector":{"team":"a"}})";

class FunctionRegistryTest : public ::testing::Test {
 protected:
  FunctionRegistryTest()
      : root(std::filesystem::temp_directory_path() / ("functions-" + core::random_uuid())) {
    std::filesystem::create_directories(root);
    file = std::move(*queue::SqliteJobStore::open(root / "queue.db", clock));
    queue.emplace(file->writer(), clock);
    registry.emplace(
        *queue, [](const FunctionSpec&) { return std::vector<std::string>{"selected", "docs"}; });
  }
  ~FunctionRegistryTest() override {
    file.reset();
    std::filesystem::remove_all(root);
  }
  template <class Make>
  auto run(Make make) {
    return async::run_blocking(loops.at(0), make);
  }
  ErrorCode put(std::string id, std::string spec) {
    const auto made = run([&] { return registry->put(id, spec, std::nullopt); });
    return made ? ErrorCode::kInternal : made.error().code;
  }

  core::ManualClock clock;
  async::Loops loops{1};
  std::filesystem::path root;
  std::unique_ptr<queue::SqliteJobStore> file;
  std::optional<queue::SqliteFunctionQueue> queue;
  std::optional<FunctionRegistry> registry;
};

TEST_F(FunctionRegistryTest, functions_are_created_changed_listed_and_removed) {
  const auto made = run([&] { return registry->create("f", kSpec, true); });
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_TRUE(made->paused);
  EXPECT_EQ(run([&] { return registry->create("f", kSpec, {}); }).error().code,
            ErrorCode::kConflict);
  const auto changed = run([&] {
    return registry->put("f", R"({"target_namespaces":["other"],"version":"v2"})", std::nullopt);
  });
  EXPECT_TRUE(changed->paused);
  EXPECT_EQ(changed->spec.version, "v2");
  EXPECT_EQ(run([&] { return registry->list(); })->size(), 1U);
  EXPECT_FALSE(run([&] { return registry->pause("f", false); })->paused);
  EXPECT_TRUE(run([&] { return registry->remove("f"); }));
  for (const auto code : {run([&] { return registry->remove("f"); }).error().code,
                          run([&] { return registry->find("f"); }).error().code,
                          run([&] { return registry->pause("f", true); }).error().code,
                          run([&] { return registry->reset_failed("f"); }).error().code,
                          run([&] { return registry->status("f"); }).error().code}) {
    EXPECT_EQ(code, ErrorCode::kNotFound);
  }
}

TEST_F(FunctionRegistryTest, what_cannot_work_is_refused) {
  EXPECT_EQ(put("F", kSpec), ErrorCode::kValidation);
  EXPECT_EQ(put("f", "{}"), ErrorCode::kValidation);
  const auto with = [](std::string invalidates) {
    return R"({"target_namespaces":["docs"],"invalidates":[")" + invalidates + R"("]})";
  };
  EXPECT_EQ(put("a", with("b")), ErrorCode::kInternal);
  EXPECT_EQ(put("b", with("c")), ErrorCode::kInternal);
  EXPECT_EQ(put("c", with("a")), ErrorCode::kValidation);
  EXPECT_EQ(put("c", with("c")), ErrorCode::kValidation);
  EXPECT_EQ(put("b", kSpec), ErrorCode::kInternal);
  EXPECT_EQ(put("c", with("a")), ErrorCode::kInternal);
}

TEST_F(FunctionRegistryTest, the_policy_of_the_specification_is_the_queues) {
  ASSERT_EQ(put("f", R"({"target_namespaces":["docs"],"retry":{"max_attempts":2}})"),
            ErrorCode::kInternal);
  EXPECT_EQ(run([&] { return queue->find("f"); }).value()->retry.attempts_max, 2U);
}

TEST_F(FunctionRegistryTest, the_status_sums_up) {
  ASSERT_TRUE(run([&] { return registry->create("f", kSpec, {}); }));
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(run([&] {
      return queue->add("f", {{.ns = "docs", .id = std::to_string(i)}}, queue::AddMode::kKeep);
    }));
  }
  const auto claimed = *run(
      [&] { return queue->claim({.function = "f", .worker = "w", .limit = 2, .lease_for = 60s}); });
  ASSERT_TRUE(run([&] {
    return queue->complete("f", "w",
                           {{.key = claimed.items[0].key, .epoch = claimed.items[0].epoch}});
  }));
  const std::int64_t now = clock.wall_ms();
  ASSERT_TRUE(run([&] {
    return queue->save_sweep("f", {.ns = "docs", .completed = 2, .completed_at_ms = now});
  }));
  ASSERT_TRUE(run([&] {
    return queue->save_sweep("f", {.ns = "selected", .failures = 5, .error = "no such place"});
  }));
  const auto status = run([&] { return registry->status("f"); });
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(status->namespaces, (std::vector<std::string>{"docs", "selected"}));
  EXPECT_EQ(status->counts.pending, 1U);
  EXPECT_EQ(status->counts.leased, 1U);
  EXPECT_EQ(status->completed_per_minute, 0.2);
  EXPECT_EQ(status->discovery.sweeps_completed, 2U);
  EXPECT_EQ(status->discovery.last_completed_at_ms, now);
  EXPECT_EQ(print_status(*status, now),
            R"({"udf_id":"f","paused":false,"active_namespaces":["docs","selected"],)"
            R"("discovery":{"sweeps_completed":2,"last_completed_at":)" +
                std::to_string(now) +
                R"(,"pause_reason":"5 sweeps of namespace 'selected' failed in a row; )"
                R"(the last: no such place","consecutive_failures":5},)"
                R"("counts":{"pending":1,"leased":1,"failed":0},"pending_count":1,)"
                R"("processing_count":1,"failed_count":0,"indexed_rate_per_min":0.2,)"
                R"("rate_window_seconds":300})");
}

TEST_F(FunctionRegistryTest, items_are_shown_with_ids_as_json_keeps_them) {
  json::Writer out;
  out.begin_array();
  write_item(out, {.key = {.ns = "docs", .id = "18446744073709551615"}, .due_at_ms = 7});
  write_item(out, {.key = {.ns = "docs", .id_kind = queue::IdKind::kString, .id = "7"},
                   .state = queue::ItemState::kFailed,
                   .attempts = 3,
                   .error = "no"});
  out.end_array();
  EXPECT_EQ(out.text(),
            R"([{"namespace":"docs","id":18446744073709551615,"state":"pending","attempts":0,)"
            R"("next_attempt_at":7},{"namespace":"docs","id":"7","state":"failed","attempts":3,)"
            R"("error":"no"}])");
}

}  // namespace
}  // namespace layer::features::functions
