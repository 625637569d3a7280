// What every kind of job store promises, run over each of them.
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <set>

#include <fmt/format.h>

#include "async/loops.h"
#include "async/run.h"
#include "async/task_group.h"
#include "core/random.h"
#include "queue/measured_job_store.h"
#include "queue/memory/memory_job_store.h"
#include "queue/postgres/postgres_job_store.h"
#include "queue/postgres/test_database.h"
#include "queue/sqlite/sqlite_job_store.h"

namespace layer::queue {
namespace {

using namespace std::chrono_literals;

// A store with what it needs around it.
class World {
 public:
  virtual ~World() = default;
  virtual JobStore& store() = 0;
};

class MemoryWorld final : public World {
 public:
  explicit MemoryWorld(const core::Clock& clock) : store_(clock) {}
  JobStore& store() override { return store_; }

 private:
  MemoryJobStore store_;
};

class SqliteWorld final : public World {
 public:
  explicit SqliteWorld(const core::Clock& clock)
      : root_(std::filesystem::temp_directory_path() / ("queue-" + core::random_uuid())) {
    std::filesystem::create_directories(root_);
    store_ = std::move(*SqliteJobStore::open(root_ / "queue.db", clock));
  }
  ~SqliteWorld() override {
    store_.reset();
    std::filesystem::remove_all(root_);
  }
  JobStore& store() override { return *store_; }

 private:
  std::filesystem::path root_;
  std::unique_ptr<SqliteJobStore> store_;
};

class MeasuredWorld final : public World {
 public:
  explicit MeasuredWorld(const core::Clock& clock) : inner_(clock) {}
  JobStore& store() override { return store_; }

 private:
  core::Metrics metrics_;
  MemoryJobStore inner_;
  MeasuredJobStore store_{inner_, metrics_};
};

class PostgresWorld final : public World {
 public:
  explicit PostgresWorld(const core::Clock& clock) : store_(test_.database(), &clock) {}
  JobStore& store() override { return store_; }

 private:
  postgres::TestDatabase test_;
  PostgresJobStore store_;
};

struct Kind {
  std::string name;
  std::unique_ptr<World> (*make)(const core::Clock& clock);
};

template <class T>
std::unique_ptr<World> make_world(const core::Clock& clock) {
  return std::make_unique<T>(clock);
}

class JobStoreTest : public ::testing::TestWithParam<Kind> {
 protected:
  template <class Make>
  auto run(Make make) {
    return async::run_blocking(loops.at(0), make);
  }

  JobSpec spec(std::string kind = "warm", std::string ns = "docs") {
    clock.advance(1ms);
    return {.id = core::time_ordered_uuid(clock.wall_ms()),
            .kind = std::move(kind),
            .ns = std::move(ns),
            .store = "default",
            .owner = "ann"};
  }
  Job submit(JobSpec what) {
    auto submitted = run([&] { return store.submit(what, 1000); });
    EXPECT_TRUE(submitted) << submitted.error().message;
    return submitted->job;
  }
  Job submit() { return submit(spec()); }
  std::vector<Job> claim(std::string gateway = "g1", JobLimits limits = {}) {
    auto claimed = run([&] {
      return store.claim({.gateway = gateway,
                          .kinds = {"warm", "scan"},
                          .limits = limits,
                          .lease_for = 30s,
                          .keep_for = 1h});
    });
    EXPECT_TRUE(claimed) << claimed.error().message;
    return *claimed;
  }
  std::optional<Job> find(const std::string& id) {
    return *run([&] { return store.find(id); });
  }
  bool keep(const Job& job, JobProgress progress = {}) {
    return *run(
        [&] { return store.keep({.id = job.spec.id, .epoch = job.lease.epoch}, progress, 30s); });
  }
  bool release(const Job& job, JobProgress progress = {}) {
    return *run(
        [&] { return store.release({.id = job.spec.id, .epoch = job.lease.epoch}, progress); });
  }
  bool finish(const Job& job, JobEnd end = {}, JobProgress progress = {}) {
    return *run([&] {
      return store.finish({.id = job.spec.id, .epoch = job.lease.epoch}, progress, end, 1h);
    });
  }
  std::optional<Job> cancel(const std::string& id) {
    return *run([&] { return store.cancel(id, 1h); });
  }
  std::vector<std::string> listed(JobFilter filter = {}, std::optional<JobKey> before = {},
                                  std::size_t limit = 100) {
    std::vector<std::string> ids;
    for (const Job& job : *run([&] { return store.list(filter, before, limit); })) {
      ids.push_back(job.spec.id);
    }
    return ids;
  }

  core::ManualClock clock;
  // Callers' loops outlive the world: its own thread lets go of them after it answered.
  async::Loops loops{1};
  std::optional<async::Loops> claimers{};
  std::unique_ptr<World> world = GetParam().make(clock);
  JobStore& store = world->store();
};

std::vector<Kind> kinds() {
  std::vector<Kind> all{{"memory", make_world<MemoryWorld>},
                        {"sqlite", make_world<SqliteWorld>},
                        {"measured", make_world<MeasuredWorld>}};
  if (postgres::test_server()) {
    all.push_back({"postgres", make_world<PostgresWorld>});
  }
  return all;
}

TEST(JobStoreKinds, run_over_a_real_postgres) {
  if (!postgres::test_server()) {
    GTEST_SKIP() << postgres::kNoTestServer;
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, JobStoreTest, ::testing::ValuesIn(kinds()),
                         [](const auto& info) { return info.param.name; });

TEST_P(JobStoreTest, a_submitted_job_waits_and_is_found_as_it_was_given) {
  JobSpec asked = spec();
  asked.params = R"({"page_size":10,"text":"ä\u0000"})";
  asked.unique_key = "docs";
  submit(asked);
  const auto job = find(asked.id);
  ASSERT_TRUE(job);
  EXPECT_EQ(job->status, JobStatus::kQueued);
  EXPECT_EQ(job->spec.kind, "warm");
  EXPECT_EQ(job->spec.ns, "docs");
  EXPECT_EQ(job->spec.store, "default");
  EXPECT_EQ(job->spec.owner, "ann");
  EXPECT_EQ(job->spec.params, asked.params);
  EXPECT_EQ(job->spec.unique_key, "docs");
  EXPECT_EQ(job->created_at_ms, clock.wall_ms());
  EXPECT_EQ(job->updated_at_ms, clock.wall_ms());
  EXPECT_FALSE(job->completed_at_ms);
  EXPECT_FALSE(job->expires_at_ms);
  EXPECT_EQ(find(core::random_uuid()), std::nullopt);
}

TEST_P(JobStoreTest, of_jobs_with_one_unique_key_one_is_open) {
  JobSpec first = spec();
  first.unique_key = "docs";
  submit(first);
  JobSpec second = spec();
  second.unique_key = "docs";
  const auto again = run([&] { return store.submit(second, 1000); });
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->is_new);
  EXPECT_EQ(again->job.spec.id, first.id);
  EXPECT_EQ(find(second.id), std::nullopt);

  JobSpec other_kind = second;
  other_kind.kind = "scan";
  EXPECT_TRUE(run([&] { return store.submit(other_kind, 1000); })->is_new);

  cancel(first.id);
  JobSpec third = spec();
  third.unique_key = "docs";
  EXPECT_TRUE(run([&] { return store.submit(third, 1000); })->is_new);
}

TEST_P(JobStoreTest, no_more_jobs_wait_than_the_limit_says) {
  submit();
  submit();
  const auto refused = run([&] { return store.submit(spec(), 2); });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kRateLimited);
  claim();  // those that run do not wait
  EXPECT_TRUE(run([&] { return store.submit(spec(), 2); }));
}

TEST_P(JobStoreTest, the_limit_of_waiting_jobs_holds_when_many_submit_at_the_same_moment) {
  constexpr std::size_t kWaitingMax = 5;
  claimers.emplace(4, "submit");
  std::vector<std::future<Result<Submitted>>> submissions;
  for (std::size_t i = 0; i < 32; ++i) {
    submissions.push_back(async::asio::co_spawn(claimers->at(i % 4).get_executor(),
                                                store.submit(spec(), kWaitingMax),
                                                async::asio::use_future));
  }
  std::size_t taken = 0;
  for (auto& each : submissions) {
    const auto submitted = each.get();
    taken += submitted ? 1 : 0;
    if (!submitted) {
      EXPECT_EQ(submitted.error().code, ErrorCode::kRateLimited) << submitted.error().message;
    }
  }
  EXPECT_EQ(taken, kWaitingMax);
}

TEST_P(JobStoreTest, texts_of_a_job_are_bounded) {
  JobSpec large = spec();
  large.params.assign(kJobTextBytesMax + 1, 'x');
  EXPECT_EQ(run([&] { return store.submit(large, 10); }).error().code, ErrorCode::kInvalidArgument);
  submit();
  const Job job = claim().at(0);
  const Held held{.id = job.spec.id, .epoch = job.lease.epoch};
  const JobProgress progress{.cursor = std::string(kJobTextBytesMax + 1, 'x')};
  EXPECT_EQ(run([&] { return store.keep(held, progress, 30s); }).error().code,
            ErrorCode::kInvalidArgument);
}

TEST_P(JobStoreTest, a_claim_takes_the_oldest_first_and_each_job_once) {
  const Job first = submit();
  const Job second = submit();
  const auto claimed = claim("g1", {.per_gateway = 1});
  ASSERT_EQ(claimed.size(), 1U);
  EXPECT_EQ(claimed[0].spec.id, first.spec.id);
  EXPECT_EQ(claimed[0].status, JobStatus::kRunning);
  EXPECT_EQ(claimed[0].lease.gateway, "g1");
  EXPECT_EQ(claimed[0].lease.epoch, 1U);
  EXPECT_EQ(claimed[0].lease.until_ms, clock.wall_ms() + 30'000);
  EXPECT_EQ(claimed[0].attempts, 1U);
  EXPECT_TRUE(claim("g1", {.per_gateway = 1}).empty());
  const auto others = claim("g2");
  ASSERT_EQ(others.size(), 1U);
  EXPECT_EQ(others[0].spec.id, second.spec.id);
}

TEST_P(JobStoreTest, a_claim_respects_the_limits_of_a_gateway_a_namespace_and_an_owner) {
  for (int i = 0; i < 6; ++i) {
    submit(spec("warm", "crowded"));
  }
  for (int i = 0; i < 6; ++i) {
    submit(spec("warm", fmt::format("ns{}", i)));
  }
  auto by_bob = spec("scan", "bobs");
  by_bob.owner = "bob";
  submit(by_bob);
  const auto claimed = claim("g1", {.per_gateway = 9, .per_namespace = 4, .per_owner = 8});
  EXPECT_EQ(claimed.size(), 9U);
  EXPECT_EQ(std::ranges::count(claimed, "crowded", [](const Job& j) { return j.spec.ns; }), 4);
  EXPECT_EQ(std::ranges::count(claimed, "ann", [](const Job& j) { return j.spec.owner; }), 8);
  EXPECT_EQ(claimed.back().spec.owner, "bob");
  EXPECT_TRUE(claim("g1", {.per_gateway = 9, .per_namespace = 4, .per_owner = 8}).empty());
  // What another gateway runs does not count against this one.
  EXPECT_EQ(claim("g2", {.per_gateway = 9, .per_namespace = 4, .per_owner = 8}).size(), 4U);
}

TEST_P(JobStoreTest, a_claim_leaves_kinds_the_gateway_cannot_run) {
  submit(spec("export"));
  EXPECT_TRUE(claim().empty());
}

TEST_P(JobStoreTest, an_expired_lease_is_taken_over_from_the_cursor_with_the_next_epoch) {
  submit();
  const Job before = claim("g1").at(0);
  const JobProgress reached{
      .cursor = "k7",
      .counters = {.scanned = 7, .total = 10, .done = 6, .failed = 1, .bytes = 99},
      .progress = 0.7,
      .result = R"({"a":1})"};
  EXPECT_TRUE(keep(before, reached));
  clock.advance(29'999ms);
  EXPECT_TRUE(claim("g2").empty());
  clock.advance(1ms);
  const auto taken = claim("g2");
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(taken[0].lease.gateway, "g2");
  EXPECT_EQ(taken[0].lease.epoch, before.lease.epoch + 1);
  EXPECT_EQ(taken[0].progress.cursor, "k7");
  EXPECT_EQ(taken[0].progress.counters, reached.counters);
  EXPECT_EQ(taken[0].progress.progress, 0.7);
  EXPECT_EQ(taken[0].progress.result, reached.result);
  // The earlier holder changes nothing any more.
  EXPECT_FALSE(keep(before, {.cursor = "k8"}));
  EXPECT_FALSE(release(before));
  EXPECT_FALSE(finish(before));
  EXPECT_EQ(find(before.spec.id)->progress.cursor, "k7");
  EXPECT_TRUE(keep(taken[0], {.cursor = "k9"}));
}

TEST_P(JobStoreTest, a_kept_lease_lasts) {
  submit();
  const Job job = claim().at(0);
  for (int i = 0; i < 5; ++i) {
    clock.advance(20s);
    EXPECT_TRUE(keep(job));
    EXPECT_TRUE(claim("g2").empty());
  }
}

TEST_P(JobStoreTest, a_gateway_that_starts_again_gets_its_jobs_back_at_once) {
  submit();
  const Job job = claim("g1").at(0);
  submit();
  const Job foreign = claim("g2").at(0);
  ASSERT_TRUE(run([&] { return store.disown("g1"); }));
  const auto back = claim("g1");
  ASSERT_EQ(back.size(), 1U);
  EXPECT_EQ(back[0].spec.id, job.spec.id);
  EXPECT_EQ(back[0].lease.epoch, job.lease.epoch + 1);
  EXPECT_TRUE(keep(foreign));
}

TEST_P(JobStoreTest, a_job_that_never_gets_further_is_given_up) {
  submit();
  Job job;
  for (std::uint32_t i = 1; i <= kJobAttemptsMax; ++i) {
    const auto claimed = claim();
    ASSERT_EQ(claimed.size(), 1U);
    job = claimed[0];
    EXPECT_EQ(job.attempts, i);
    clock.advance(31s);
  }
  EXPECT_TRUE(claim().empty());
  const auto failed = find(job.spec.id);
  EXPECT_EQ(failed->status, JobStatus::kFailed);
  EXPECT_NE(failed->error, "");
  EXPECT_EQ(failed->expires_at_ms, clock.wall_ms() + 3'600'000);
}

TEST_P(JobStoreTest, progress_gives_a_job_its_attempts_back) {
  submit();
  for (std::uint32_t i = 1; i <= 3 * kJobAttemptsMax; ++i) {
    const auto claimed = claim();
    ASSERT_EQ(claimed.size(), 1U);
    EXPECT_TRUE(keep(claimed[0], {.cursor = fmt::format("k{}", i)}));
    clock.advance(31s);
  }
}

TEST_P(JobStoreTest, a_released_job_waits_and_goes_on_from_its_cursor) {
  submit();
  for (std::uint32_t i = 0; i < 2 * kJobAttemptsMax; ++i) {  // a release is no failed attempt
    const auto claimed = claim();
    ASSERT_EQ(claimed.size(), 1U);
    EXPECT_EQ(claimed[0].lease.epoch, i + 1);
    EXPECT_TRUE(release(claimed[0], {.cursor = "k1"}));
    EXPECT_EQ(find(claimed[0].spec.id)->status, JobStatus::kQueued);
    EXPECT_EQ(find(claimed[0].spec.id)->progress.cursor, "k1");
  }
}

TEST_P(JobStoreTest, a_finished_job_says_how_it_ended_and_is_never_claimed_again) {
  submit();
  const Job job = claim().at(0);
  clock.advance(5s);
  EXPECT_TRUE(finish(job,
                     {.status = JobStatus::kFailed, .error_code = "upstream_error", .error = "no"},
                     {.counters = {.scanned = 3}, .progress = 1}));
  const auto over = find(job.spec.id);
  EXPECT_EQ(over->status, JobStatus::kFailed);
  EXPECT_EQ(over->error_code, "upstream_error");
  EXPECT_EQ(over->error, "no");
  EXPECT_EQ(over->progress.counters.scanned, 3U);
  EXPECT_EQ(over->completed_at_ms, clock.wall_ms());
  EXPECT_EQ(over->expires_at_ms, clock.wall_ms() + 3'600'000);
  EXPECT_FALSE(finish(job));
  EXPECT_FALSE(keep(job));
  clock.advance(31s);
  EXPECT_TRUE(claim("g2").empty());
}

TEST_P(JobStoreTest, a_cancelled_job_is_over_at_once_and_its_holder_learns_it) {
  submit();
  const Job job = claim().at(0);
  const auto cancelled = cancel(job.spec.id);
  ASSERT_TRUE(cancelled);
  EXPECT_EQ(cancelled->status, JobStatus::kCancelled);
  EXPECT_TRUE(cancelled->completed_at_ms);
  EXPECT_FALSE(keep(job));
  EXPECT_FALSE(finish(job));
  EXPECT_EQ(find(job.spec.id)->status, JobStatus::kCancelled);
  EXPECT_EQ(cancel(core::random_uuid()), std::nullopt);

  submit();
  const Job done = claim().at(0);
  finish(done);
  EXPECT_EQ(cancel(done.spec.id)->status, JobStatus::kCompleted);
}

TEST_P(JobStoreTest, lists_are_newest_first_in_pages_that_neither_repeat_nor_skip) {
  std::vector<std::string> expected;
  for (int i = 0; i < 25; ++i) {
    JobSpec one = spec();
    if (i % 5 != 0) {  // several in one millisecond: the id decides
      clock.set_wall_ms(clock.wall_ms() - 1);
      one.id = core::time_ordered_uuid(clock.wall_ms());
    }
    submit(one);
  }
  const auto all = listed();
  ASSERT_EQ(all.size(), 25U);
  std::vector<std::string> paged;
  std::optional<JobKey> before;
  while (true) {
    const auto page = *run([&] { return store.list({}, before, 4); });
    if (page.empty()) {
      break;
    }
    for (const Job& job : page) {
      paged.push_back(job.spec.id);
    }
    before = JobKey{.created_at_ms = page.back().created_at_ms, .id = page.back().spec.id};
  }
  EXPECT_EQ(paged, all);
  for (std::size_t i = 1; i < all.size(); ++i) {
    EXPECT_GE(find(all[i - 1])->created_at_ms, find(all[i])->created_at_ms);
  }
}

TEST_P(JobStoreTest, lists_are_filtered) {
  const Job warm = submit();
  const Job scan = submit(spec("scan", "other"));
  auto by_bob = spec();
  by_bob.owner = "bob";
  submit(by_bob);
  cancel(scan.spec.id);
  EXPECT_EQ(listed({.kind = "scan"}), std::vector{scan.spec.id});
  EXPECT_EQ(listed({.ns = "docs"}), (std::vector{by_bob.id, warm.spec.id}));
  EXPECT_EQ(listed({.owner = "bob"}), std::vector{by_bob.id});
  EXPECT_EQ(listed({.status = JobStatus::kCancelled}), std::vector{scan.spec.id});
  EXPECT_TRUE(listed({.kind = "scan", .owner = "bob"}).empty());
}

TEST_P(JobStoreTest, expired_jobs_leave_the_list_first_and_the_store_later) {
  submit();
  const Job job = claim().at(0);
  finish(job);
  clock.advance(1h);
  EXPECT_TRUE(listed().empty());
  EXPECT_TRUE(find(job.spec.id));  // for the one who still asks
  EXPECT_EQ(*run([&] { return store.forget_expired(24h); }), 0U);
  clock.advance(24h);
  EXPECT_EQ(*run([&] { return store.forget_expired(24h); }), 1U);
  EXPECT_EQ(find(job.spec.id), std::nullopt);
}

TEST_P(JobStoreTest, counts_jobs_by_kind_and_status) {
  submit();
  submit();
  submit(spec("scan"));
  claim("g1", {.per_gateway = 1});
  std::map<std::pair<std::string, JobStatus>, std::uint64_t> counted;
  for (const JobCount& each : *run([&] { return store.counts(); })) {
    counted[{each.kind, each.status}] = each.count;
  }
  EXPECT_EQ(counted, (decltype(counted){{{"warm", JobStatus::kRunning}, 1},
                                        {{"warm", JobStatus::kQueued}, 1},
                                        {{"scan", JobStatus::kQueued}, 1}}));
}

TEST_P(JobStoreTest, gateways_that_claim_at_the_same_time_never_get_the_same_job) {
  for (int i = 0; i < 40; ++i) {
    submit(spec("warm", fmt::format("ns{}", i)));
  }
  claimers.emplace(4, "claim");
  std::vector<std::future<Result<std::vector<Job>>>> claims;
  for (std::size_t i = 0; i < 16; ++i) {
    claims.push_back(async::asio::co_spawn(claimers->at(i % 4).get_executor(),
                                           store.claim({.gateway = fmt::format("g{}", i),
                                                        .kinds = {"warm"},
                                                        .limits = {.per_gateway = 3},
                                                        .lease_for = 30s,
                                                        .keep_for = 1h}),
                                           async::asio::use_future));
  }
  std::set<std::string> ids;
  std::size_t claimed = 0;
  for (auto& each : claims) {
    for (const Job& job : *each.get()) {
      ids.insert(job.spec.id);
      ++claimed;
    }
  }
  EXPECT_EQ(claimed, 40U);
  EXPECT_EQ(ids.size(), 40U);
}

}  // namespace
}  // namespace layer::queue
