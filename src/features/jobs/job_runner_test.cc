#include "features/jobs/job_runner.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>

#include "async/deadline.h"
#include "async/loops.h"
#include "async/run.h"
#include "core/random.h"
#include "features/jobs/job_list.h"
#include "features/jobs/print_job.h"
#include "queue/memory/memory_job_store.h"

namespace layer::features::jobs {
namespace {

using namespace std::chrono_literals;
using queue::JobStatus;
using Outcome = Result<queue::JobProgress>;

// Work that a test writes down as a function.
class ScriptedKind final : public JobKind {
 public:
  using Script = std::function<async::Task<Outcome>(JobContext&)>;
  explicit ScriptedKind(Script script, std::string name = "warm")
      : script_(std::move(script)), name_(std::move(name)) {}

  std::string_view name() const override { return name_; }
  async::Task<Outcome> run(JobContext& context) override {
    ++runs;
    co_return co_await script_(context);
  }

  std::atomic<int> runs{0};

 private:
  Script script_;
  std::string name_;
};

class JobRunnerTest : public ::testing::Test {
 protected:
  static JobRunnerOptions quick() {
    JobRunnerOptions options;
    options.heartbeat_every = 5ms;
    options.checkpoint_every = 0ms;
    options.look_every = 20ms;
    options.look_again = 5ms;
    options.retry_first = 1ms;
    return options;
  }
  std::unique_ptr<JobRunner> make(JobKind& kind, JobRunnerOptions options = quick(),
                                  std::string gateway = "g1") {
    auto runner = std::make_unique<JobRunner>(JobRunner::Parts{.store = store,
                                                               .gateway = std::move(gateway),
                                                               .clock = clock,
                                                               .metrics = metrics,
                                                               .log = log,
                                                               .loop = loops.at(0)},
                                              options);
    runner->add(kind);
    return runner;
  }
  template <class Make>
  auto run(Make task) {
    return async::run_blocking(loops.at(1), task);
  }
  std::string submit(JobRunner& runner, std::string ns = "docs") {
    auto submitted = run([&] {
      return runner.submit({.kind = "warm", .ns = ns, .store = "default", .owner = "ann"});
    });
    EXPECT_TRUE(submitted);
    return submitted->job.spec.id;
  }
  queue::Job find(const std::string& id) {
    return **run([&] { return store.find(id); });
  }
  // Waits for an event; the suite's own time limit is the only one.
  template <class Happened>
  void await(Happened happened) {
    while (!happened()) {
      std::this_thread::sleep_for(1ms);
    }
  }
  void await_status(const std::string& id, JobStatus status) {
    await([&] { return find(id).status == status; });
  }

  core::ManualClock clock;
  core::Metrics metrics;
  core::Logger log{{.level = core::LogLevel::kOff}};
  async::Loops loops{2};
  queue::MemoryJobStore store{clock};
};

// Counts pages up to `pages`, from wherever it goes on.
ScriptedKind::Script count_pages(int pages) {
  return [pages](JobContext& context) -> async::Task<Outcome> {
    queue::JobProgress progress = context.job().progress;
    int page = progress.cursor.empty() ? 0 : std::stoi(progress.cursor);
    while (page < pages) {
      progress.cursor = std::to_string(++page);
      ++progress.counters.scanned;
      LAYER_CO_TRY(co_await context.reached(progress));
    }
    progress.progress = 1;
    co_return progress;
  };
}

TEST_F(JobRunnerTest, runs_a_job_to_its_end) {
  ScriptedKind kind(count_pages(3));
  const auto runner = make(kind);
  runner->start();
  const std::string id = submit(*runner);
  await_status(id, JobStatus::kCompleted);
  runner->stop();
  const queue::Job job = find(id);
  EXPECT_EQ(job.progress.cursor, "3");
  EXPECT_EQ(job.progress.counters.scanned, 3U);
  EXPECT_EQ(job.progress.progress, 1);
  EXPECT_EQ(job.lease.epoch, 1U);
  EXPECT_EQ(job.expires_at_ms, clock.wall_ms() + 24 * 3'600'000);
  EXPECT_EQ(kind.runs, 1);
}

TEST_F(JobRunnerTest, claims_what_others_submitted_as_soon_as_it_is_told_to_look) {
  ScriptedKind kind(count_pages(1));
  JobRunnerOptions patient = quick();
  patient.look_every = 24h;
  const auto runner = make(kind, patient);
  runner->start();
  const std::string own = submit(*runner);
  await_status(own, JobStatus::kCompleted);
  const std::string id = core::time_ordered_uuid(clock.wall_ms());
  ASSERT_TRUE(run([&] {
    return store.submit(
        {.id = id, .kind = "warm", .ns = "docs", .store = "default", .owner = "ann"}, 10);
  }));
  runner->look();
  await_status(id, JobStatus::kCompleted);
  runner->stop();
}

TEST_F(JobRunnerTest, a_cancelled_job_stops_what_it_waits_for) {
  std::atomic<bool> waiting{false};
  std::atomic<bool> told{false};
  ScriptedKind kind([&](JobContext& context) -> async::Task<Outcome> {
    waiting = true;
    co_await async::sleep_for(24h);
    told = context.stopping();
    co_return fail(ErrorCode::kCancelled, "stopped");
  });
  const auto runner = make(kind);
  runner->start();
  const std::string id = submit(*runner);
  await([&] { return waiting.load(); });
  const auto cancelled = run([&] { return runner->cancel(id); });
  EXPECT_EQ((*cancelled)->status, JobStatus::kCancelled);
  await([&] { return told.load(); });
  runner->stop();
  EXPECT_EQ(find(id).status, JobStatus::kCancelled);
}

TEST_F(JobRunnerTest, a_job_cancelled_elsewhere_stops_at_its_next_checkpoint) {
  std::atomic<int> pages{0};
  std::atomic<bool> ended{false};
  ScriptedKind kind([&](JobContext& context) -> async::Task<Outcome> {
    while (true) {
      auto reached = co_await context.reached({.cursor = std::to_string(++pages)});
      if (!reached) {
        ended = true;
        co_return std::unexpected(reached.error());
      }
      co_await async::sleep_for(1ms);
    }
  });
  const auto runner = make(kind);
  runner->start();
  const std::string id = submit(*runner);
  await([&] { return pages > 2; });
  ASSERT_TRUE(run([&] { return store.cancel(id, 1h); }));
  await([&] { return ended.load(); });
  runner->stop();
  EXPECT_EQ(find(id).status, JobStatus::kCancelled);
}

TEST_F(JobRunnerTest, a_drained_job_is_released_and_goes_on_with_the_next_epoch) {
  std::atomic<bool> waiting{false};
  ScriptedKind first([&](JobContext& context) -> async::Task<Outcome> {
    auto reached =
        co_await context.reached({.cursor = "2", .counters = {.scanned = 2, .total = 5}});
    waiting = reached.has_value();
    co_await async::sleep_for(24h);
    co_return fail(ErrorCode::kCancelled, "stopped");
  });
  JobRunnerOptions lazy = quick();
  lazy.checkpoint_every = 24h;  // what is released was never checkpointed
  lazy.heartbeat_every = 24h;
  const auto runner = make(first, lazy);
  runner->start();
  const std::string id = submit(*runner);
  await([&] { return waiting.load(); });
  runner->drain();
  await_status(id, JobStatus::kQueued);
  runner->stop();
  EXPECT_EQ(find(id).progress.cursor, "2");

  ScriptedKind second(count_pages(5));
  const auto next = make(second, quick(), "g2");
  next->start();
  await_status(id, JobStatus::kCompleted);
  next->stop();
  EXPECT_EQ(find(id).lease.epoch, 2U);
  EXPECT_EQ(find(id).progress.counters.scanned, 5U);
  EXPECT_NE(metrics.print().find("layer_jobs_resumed_total{kind=\"warm\"} 1"), std::string::npos);
}

TEST_F(JobRunnerTest, a_gateway_that_died_takes_its_jobs_back_at_its_start) {
  ASSERT_TRUE(run([&] {
    return store.submit({.id = core::time_ordered_uuid(clock.wall_ms()), .kind = "warm"}, 10);
  }));
  const auto left = run([&] {
    return store.claim({.gateway = "g1", .kinds = {"warm"}, .lease_for = 24h, .keep_for = 1h});
  });
  ScriptedKind kind(count_pages(1));
  const auto runner = make(kind);
  runner->start();
  await_status(left->at(0).spec.id, JobStatus::kCompleted);
  runner->stop();
  EXPECT_EQ(find(left->at(0).spec.id).lease.epoch, 2U);
}

TEST_F(JobRunnerTest, an_expired_lease_is_taken_over_and_its_earlier_holder_stops) {
  std::atomic<bool> stopped{false};
  ScriptedKind stuck([&](JobContext& context) -> async::Task<Outcome> {
    while (true) {
      if (auto reached = co_await context.reached({}); !reached) {
        stopped = true;
        co_return std::unexpected(reached.error());
      }
      co_await async::sleep_for(1ms);
    }
  });
  JobRunnerOptions silent = quick();
  silent.checkpoint_every = 24h;
  silent.heartbeat_every = 24h;
  const auto first = make(stuck, silent, "g1");
  first->start();
  const std::string id = submit(*first);
  await([&] { return find(id).status == JobStatus::kRunning; });
  clock.advance(31s);
  ScriptedKind kind(count_pages(2));
  const auto second = make(kind, quick(), "g2");
  second->start();
  await_status(id, JobStatus::kCompleted);
  second->stop();
  first->stop();
  EXPECT_TRUE(stopped);
  EXPECT_EQ(find(id).lease.gateway, "g2");
  EXPECT_EQ(find(id).progress.cursor, "2");
}

TEST_F(JobRunnerTest, the_heartbeat_keeps_the_lease_of_work_that_takes_long) {
  std::atomic<bool> enough{false};
  ScriptedKind kind([&](JobContext&) -> async::Task<Outcome> {
    while (!enough) {
      co_await async::sleep_for(1ms);
    }
    co_return queue::JobProgress{};
  });
  const auto runner = make(kind);
  runner->start();
  const std::string id = submit(*runner);
  await([&] { return find(id).status == JobStatus::kRunning; });
  clock.advance(20s);
  await([&] { return find(id).lease.until_ms == clock.wall_ms() + 30'000; });
  enough = true;
  await_status(id, JobStatus::kCompleted);
  runner->stop();
}

TEST_F(JobRunnerTest, work_that_fails_for_a_passing_reason_is_tried_again_from_its_cursor) {
  ScriptedKind kind([](JobContext& context) -> async::Task<Outcome> {
    queue::JobProgress progress = context.job().progress;
    if (progress.cursor.size() == 12) {
      co_return progress;
    }
    progress.cursor += 'x';
    LAYER_CO_TRY(co_await context.reached(progress));
    co_return fail(ErrorCode::kUpstream, "the store hiccuped");
  });
  const auto runner = make(kind);
  runner->start();
  const std::string id = submit(*runner);
  await_status(id, JobStatus::kCompleted);
  runner->stop();
  EXPECT_EQ(find(id).progress.cursor, std::string(12, 'x'));
  EXPECT_EQ(kind.runs, 13);
}

TEST_F(JobRunnerTest, work_that_gets_no_further_fails_with_the_last_reason) {
  ScriptedKind kind([](JobContext&) -> async::Task<Outcome> {
    co_return fail(ErrorCode::kUpstream, "the store is away");
  });
  const auto runner = make(kind);
  runner->start();
  const std::string id = submit(*runner);
  await_status(id, JobStatus::kFailed);
  runner->stop();
  EXPECT_EQ(find(id).error_code, "upstream_error");
  EXPECT_EQ(find(id).error, "the store is away");
  EXPECT_EQ(kind.runs, 6);
}

TEST_F(JobRunnerTest, work_that_can_never_succeed_fails_at_once_and_so_does_work_that_throws) {
  ScriptedKind kind([](JobContext& context) -> async::Task<Outcome> {
    if (context.job().spec.ns == "throws") {
      throw std::runtime_error("a bug");
    }
    co_return fail(ErrorCode::kNotFound, "no such namespace");
  });
  const auto runner = make(kind);
  runner->start();
  const std::string missing = submit(*runner, "missing");
  const std::string throws = submit(*runner, "throws");
  await_status(missing, JobStatus::kFailed);
  await_status(throws, JobStatus::kFailed);
  runner->stop();
  EXPECT_EQ(kind.runs, 2);
  EXPECT_EQ(find(missing).error, "no such namespace");
  EXPECT_EQ(find(throws).error, "a bug");
}

TEST_F(JobRunnerTest, no_more_jobs_run_than_there_are_slots) {
  std::atomic<int> now{0};
  std::atomic<int> most{0};
  std::atomic<bool> go{false};
  ScriptedKind kind([&](JobContext&) -> async::Task<Outcome> {
    most = std::max(most.load(), ++now);
    while (!go) {
      co_await async::sleep_for(1ms);
    }
    --now;
    co_return queue::JobProgress{};
  });
  JobRunnerOptions options = quick();
  options.limits.per_gateway = 2;
  const auto runner = make(kind, options);
  runner->start();
  std::vector<std::string> ids;
  for (int i = 0; i < 6; ++i) {
    ids.push_back(submit(*runner, fmt::format("ns{}", i)));
  }
  await([&] { return now == 2; });
  go = true;
  for (const std::string& id : ids) {
    await_status(id, JobStatus::kCompleted);
  }
  runner->stop();
  EXPECT_EQ(most, 2);
}

TEST_F(JobRunnerTest, a_runner_that_never_started_stops) {
  ScriptedKind kind(count_pages(1));
  make(kind)->stop();
}

class JobListTest : public JobRunnerTest {
 protected:
  std::string add(std::string ns) {
    clock.advance(1ms);
    queue::JobSpec spec{
        .id = core::time_ordered_uuid(clock.wall_ms()), .kind = "warm", .ns = std::move(ns)};
    EXPECT_TRUE(run([&] { return store.submit(spec, 10'000); }));
    return spec.id;
  }
  JobPage list(std::optional<queue::JobKey> before, std::size_t limit, std::string visible) {
    const auto may_see = [&](const queue::Job& job) { return job.spec.ns == visible; };
    return *run([&] { return list_jobs(store, {}, before, limit, may_see); });
  }

  core::Signer signer = *core::Signer::make({std::string(32, 'k')});
};

TEST_F(JobListTest, pages_hold_only_what_the_caller_may_see) {
  std::vector<std::string> expected;
  for (int i = 0; i < 30; ++i) {
    const std::string id = add(i % 3 == 0 ? "mine" : "theirs");
    if (i % 3 == 0) {
      expected.insert(expected.begin(), id);
    }
  }
  std::vector<std::string> seen;
  std::optional<queue::JobKey> before;
  do {
    const JobPage page = list(before, 4, "mine");
    EXPECT_LE(page.jobs.size(), 4U);
    for (const queue::Job& job : page.jobs) {
      EXPECT_EQ(job.spec.ns, "mine");
      seen.push_back(job.spec.id);
    }
    before = page.next;
  } while (before);
  EXPECT_EQ(seen, expected);
}

TEST_F(JobListTest, a_page_that_ends_with_the_list_has_no_next) {
  add("mine");
  add("mine");
  EXPECT_FALSE(list({}, 2, "mine").next);
  EXPECT_TRUE(list({}, 1, "mine").next);
  EXPECT_FALSE(list({}, 10, "nobody's").next);
}

TEST_F(JobListTest, cursors_are_signed_and_belong_to_their_list) {
  const queue::JobFilter filter{.kind = "warm", .status = JobStatus::kQueued};
  const queue::JobKey key{.created_at_ms = 1234, .id = "x"};
  const std::string cursor = seal_job_cursor(filter, key, 1000, signer);
  const auto opened = open_job_cursor(cursor, filter, 1000, signer);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->created_at_ms, 1234);
  EXPECT_EQ(opened->id, "x");
  const auto reason = [&](std::string_view text, const queue::JobFilter& with, std::int64_t now) {
    return open_job_cursor(text, with, now, signer).error().fields.at(0).value;
  };
  EXPECT_EQ(reason(cursor, {.kind = "scan"}, 1000), "mismatch");
  EXPECT_EQ(reason(cursor, filter, 1000 + 24 * 3'600'000 + 1), "expired");
  EXPECT_EQ(reason("AAAA" + cursor, filter, 1000), "signature");
  EXPECT_EQ(reason("nonsense", filter, 1000), "signature");
  EXPECT_EQ(reason(std::string(7000, 'A'), filter, 1000), "malformed");
}

TEST_F(JobListTest, expired_jobs_are_gone_and_unknown_ones_not_found) {
  const std::string id = add("mine");
  ASSERT_TRUE(run([&] { return store.cancel(id, 1h); }));
  const auto find_now = [&](std::string which) {
    return run([&] { return find_job(store, which, clock.wall_ms()); });
  };
  EXPECT_TRUE(find_now(id));
  clock.advance(1h);
  EXPECT_EQ(find_now(id).error().code, ErrorCode::kGone);
  EXPECT_EQ(find_now(core::random_uuid()).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(find_now("../x").error().code, ErrorCode::kNotFound);
}

TEST(PrintJob, tells_pace_only_while_there_is_one) {
  queue::Job job;
  job.status = JobStatus::kRunning;
  job.created_at_ms = 10'000;
  job.progress.counters = {.scanned = 100, .total = 300};
  EXPECT_EQ(eta_ms(job, 11'000), 2000);
  EXPECT_EQ(eta_ms(job, 10'100), std::nullopt);
  job.progress.counters.scanned = 300;
  EXPECT_EQ(eta_ms(job, 11'000), std::nullopt);
  job.progress.counters.scanned = 100;
  job.status = JobStatus::kCompleted;
  EXPECT_EQ(eta_ms(job, 11'000), std::nullopt);
}

TEST(PrintJob, prints_the_whole_record) {
  queue::Job job{.spec = {.id = "i", .kind = "warm", .ns = "docs", .owner = "ann"}};
  job.status = JobStatus::kFailed;
  job.lease = {.gateway = "g1", .epoch = 2};
  job.attempts = 1;
  job.created_at_ms = 1;
  job.updated_at_ms = 2;
  job.completed_at_ms = 3;
  job.expires_at_ms = 4;
  job.progress = {.counters = {.scanned = 5}, .progress = 0.5, .result = R"({"a":1})"};
  job.error_code = "upstream_error";
  job.error = "no";
  json::Writer out;
  put_job(out, job, 10);
  EXPECT_EQ(out.text(),
            R"({"id":"i","kind":"warm","namespace":"docs","owner":"ann","params":{},)"
            R"("status":"failed","progress":0.5,"documents_scanned":5,"created_at":1,)"
            R"("completed_at":3,"error":"no","counters":{"scanned":5,"total":0,"done":0,)"
            R"("failed":0,"bytes":0},"result":{"a":1},"gateway":"g1","epoch":2,"attempts":1,)"
            R"("updated_at":2,"expires_at":4,"error_code":"upstream_error"})");
}

}  // namespace
}  // namespace layer::features::jobs
