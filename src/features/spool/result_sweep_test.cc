// Which results go, and when; the clock is the test's.
#include "features/spool/result_sweep.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "async/loops.h"
#include "async/run.h"
#include "core/random.h"
#include "features/spool/job_results.h"
#include "objects/faulty_store.h"
#include "objects/memory_store.h"
#include "queue/memory/memory_job_store.h"

namespace layer::features::spool {
namespace {

using namespace std::chrono_literals;

constexpr auto kKeepFor = 24h;

class ResultSweepTest : public ::testing::Test {
 protected:
  template <class Make>
  auto run(Make make) {
    return async::run_blocking(loops.at(0), std::move(make));
  }
  // A job that was claimed and wrote a part.
  std::string running_job() {
    const std::string id = core::time_ordered_uuid(clock.wall_ms());
    EXPECT_TRUE(run([&] { return jobs.submit({.id = id, .kind = "export", .ns = "docs"}, 10); }));
    EXPECT_TRUE(run([&] {
      return jobs.claim({.gateway = "g", .kinds = {"export"}, .lease_for = 1h, .keep_for = 1h});
    }));
    write(id);
    return id;
  }
  std::string completed_job() {
    std::string id = running_job();
    EXPECT_TRUE(run([&] {
      return jobs.finish({.id = id, .epoch = 1}, {}, {.status = queue::JobStatus::kCompleted},
                         kKeepFor);
    }));
    return id;
  }
  void write(const std::string& id) {
    put(part_key(id, 0, "w"));
    put(manifest_key(id));
  }
  void put(const std::string& key) {
    EXPECT_TRUE(run([&] { return memory.put(key, "x", {}); }));
  }
  std::size_t objects_of(const std::string& id) {
    return run([&] { return memory.list(results_prefix(id), "", objects::kListMax); })
        ->objects.size();
  }
  std::size_t sweep() {
    auto removed = run([&] { return sweeper.sweep(); });
    EXPECT_TRUE(removed) << removed.error().message;
    return removed.value_or(0);
  }

  async::Loops loops{1};
  core::ManualClock clock;
  core::Logger log{{.level = core::LogLevel::kOff}};
  core::Metrics metrics;
  objects::MemoryStore memory{clock};
  queue::MemoryJobStore jobs{clock};
  ResultSweep sweeper{{.objects = memory,
                       .jobs = jobs,
                       .clock = clock,
                       .log = log,
                       .metrics = metrics,
                       .loop = loops.at(0)}};
};

TEST_F(ResultSweepTest, results_go_when_their_job_expires_and_not_before) {
  const std::string done = completed_job();
  clock.advance(kKeepFor - 1ms);
  EXPECT_EQ(sweep(), 0U);
  EXPECT_EQ(objects_of(done), 2U);
  clock.advance(1ms);
  EXPECT_EQ(sweep(), 1U);
  EXPECT_EQ(objects_of(done), 0U);
  EXPECT_EQ(sweep(), 0U);
}

TEST_F(ResultSweepTest, a_job_that_runs_keeps_its_results_however_long_it_takes) {
  const std::string running = running_job();
  clock.advance(100 * kKeepFor);
  EXPECT_EQ(sweep(), 0U);
  EXPECT_EQ(objects_of(running), 2U);
}

TEST_F(ResultSweepTest, what_a_cancelled_job_wrote_goes_at_once_and_what_comes_late_as_well) {
  const std::string cancelled = running_job();
  ASSERT_TRUE(run([&] { return jobs.cancel(cancelled, kKeepFor); }));
  EXPECT_EQ(sweep(), 1U);
  put(part_key(cancelled, 7, "late"));
  EXPECT_EQ(sweep(), 1U);
  EXPECT_EQ(objects_of(cancelled), 0U);
}

TEST_F(ResultSweepTest, parts_of_a_writer_that_died_go_with_the_others) {
  const std::string done = completed_job();
  put(part_key(done, 0, "dead"));
  clock.advance(kKeepFor);
  sweep();
  EXPECT_EQ(objects_of(done), 0U);
}

TEST_F(ResultSweepTest, results_that_no_database_knows_go_when_they_are_old) {
  const std::string unknown = core::time_ordered_uuid(clock.wall_ms());
  write(unknown);
  clock.advance(48h - 1ms);
  EXPECT_EQ(sweep(), 0U);
  clock.advance(1ms);
  EXPECT_EQ(sweep(), 1U);
}

TEST_F(ResultSweepTest, what_is_no_result_of_a_job_stays) {
  put("jobs/readme/x");
  put("jobs-of-others/" + core::time_ordered_uuid(0) + "/x");
  EXPECT_EQ(sweep(), 0U);
  EXPECT_EQ(job_of("jobs/readme/x"), "");
  EXPECT_EQ(job_of("jobs/0190aaaa-0000-7000-8000-000000000001"), "");
}

TEST_F(ResultSweepTest, more_objects_than_one_list_holds_are_all_looked_at) {
  std::vector<std::string> over;
  for (int i = 0; i < 3; ++i) {
    over.push_back(completed_job());
    clock.advance(1ms);
    for (int part = 1; part < 700; ++part) {
      put(part_key(over.back(), static_cast<std::size_t>(part), "w"));
    }
  }
  clock.advance(kKeepFor);
  EXPECT_EQ(sweep(), over.size());
  for (const std::string& id : over) {
    EXPECT_EQ(objects_of(id), 0U);
  }
}

TEST_F(ResultSweepTest, what_fails_is_done_by_the_next_sweep) {
  const std::string done = completed_job();
  clock.advance(kKeepFor);
  int removals = 0;
  objects::FaultyStore faulty(memory, [&](objects::Operation operation, std::string_view) {
    return operation == objects::Operation::kRemove && ++removals == 2
               ? objects::Fault{.kind = objects::Fault::Kind::kBefore, .code = ErrorCode::kIo}
               : objects::Fault{};
  });
  ResultSweep over_faulty({.objects = faulty,
                           .jobs = jobs,
                           .clock = clock,
                           .log = log,
                           .metrics = metrics,
                           .loop = loops.at(0)});
  EXPECT_FALSE(run([&] { return over_faulty.sweep(); }));
  EXPECT_EQ(objects_of(done), 1U);
  EXPECT_EQ(sweep(), 1U);
  EXPECT_EQ(objects_of(done), 0U);
}

TEST_F(ResultSweepTest, stops_while_it_waits) {
  sweeper.start();
  sweeper.stop();
  sweeper.stop();
}

}  // namespace
}  // namespace layer::features::spool
