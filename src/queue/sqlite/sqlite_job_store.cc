#include "queue/sqlite/sqlite_job_store.h"

#include <limits>

#include <fmt/format.h>

#include "queue/job_columns.h"
#include "queue/job_rules.h"
#include "queue/sqlite/migrations.h"

namespace layer::queue {
namespace {

using std::chrono::milliseconds;

std::int64_t integer(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}

std::string select_jobs(std::string_view where) {
  return fmt::format("SELECT {} FROM jobs WHERE {}", kJobColumns, where);
}

Result<std::optional<Job>> find_job(Database& database, std::string_view id) {
  static const std::string kSql = select_jobs("id = ?1");
  LAYER_ASSIGN(auto rows, database.query(kSql, {id}));
  LAYER_ASSIGN(const bool found, rows.next());
  if (!found) {
    return std::nullopt;
  }
  LAYER_ASSIGN(Job job, read_job(rows));
  return job;
}

Result<std::optional<Job>> find_unique(Database& database, const JobSpec& spec) {
  static const std::string kSql =
      select_jobs("kind = ?1 AND unique_key = ?2 AND status IN ('queued', 'running')");
  if (spec.unique_key.empty()) {
    return std::nullopt;
  }
  LAYER_ASSIGN(auto rows, database.query(kSql, {spec.kind, spec.unique_key}));
  LAYER_ASSIGN(const bool found, rows.next());
  if (!found) {
    return std::nullopt;
  }
  LAYER_ASSIGN(Job job, read_job(rows));
  return job;
}

Result<std::size_t> count_waiting(Database& database) {
  LAYER_ASSIGN(auto rows, database.query("SELECT count(*) FROM jobs WHERE status = 'queued'"));
  LAYER_TRY(rows.next());
  return static_cast<std::size_t>(rows.integer(0));
}

Result<Submitted> insert(Database& database, JobSpec spec, std::int64_t now,
                         std::size_t waiting_max) {
  LAYER_ASSIGN(auto running, find_unique(database, spec));
  if (running) {
    return Submitted{.job = std::move(*running), .is_new = false};
  }
  LAYER_ASSIGN(const std::size_t waiting, count_waiting(database));
  if (waiting >= waiting_max) {
    return std::unexpected(too_many_wait(waiting_max));
  }
  LAYER_TRY(database.run(
      "INSERT INTO jobs (id, kind, namespace, store, owner, params, unique_key, status, "
      "created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'queued', ?8, ?8)",
      {spec.id, spec.kind, spec.ns, spec.store, spec.owner, spec.params, spec.unique_key, now}));
  Job job{.spec = std::move(spec)};
  job.created_at_ms = job.updated_at_ms = now;
  return Submitted{.job = std::move(job)};
}

Result<std::vector<Job>> list_jobs(Database& database, const JobFilter& filter,
                                   const std::optional<JobKey>& before, std::int64_t now,
                                   std::size_t limit) {
  static const std::string kSql =
      select_jobs(
          "(created_at, id) < (?1, ?2) AND (expires_at IS NULL OR expires_at > ?3) "
          "AND (?4 = '' OR kind = ?4) AND (?5 = '' OR namespace = ?5) "
          "AND (?6 = '' OR owner = ?6) AND (?7 = '' OR status = ?7)") +
      " ORDER BY created_at DESC, id DESC LIMIT ?8";
  const std::int64_t before_ms =
      before ? before->created_at_ms : std::numeric_limits<std::int64_t>::max();
  const std::string_view before_id = before ? std::string_view(before->id) : std::string_view();
  const std::string_view status = filter.status ? name(*filter.status) : std::string_view();
  LAYER_ASSIGN(auto rows, database.query(kSql, {before_ms, before_id, now, filter.kind, filter.ns,
                                                filter.owner, status, integer(limit)}));
  std::vector<Job> jobs;
  while (true) {
    LAYER_ASSIGN(const bool more, rows.next());
    if (!more) {
      return jobs;
    }
    LAYER_ASSIGN(Job job, read_job(rows));
    jobs.push_back(std::move(job));
  }
}

struct OpenJobs {
  std::vector<Claimable> open;
  std::vector<Claimable> held;
};

Result<OpenJobs> open_jobs(Database& database, std::string_view gateway, std::int64_t now) {
  LAYER_ASSIGN(auto rows, database.query("SELECT id, kind, namespace, owner, attempts, status, "
                                         "lease_gateway, lease_until FROM jobs "
                                         "WHERE status IN ('queued', 'running') "
                                         "ORDER BY created_at, id"));
  OpenJobs jobs;
  while (true) {
    LAYER_ASSIGN(const bool more, rows.next());
    if (!more) {
      return jobs;
    }
    Claimable job{.id = std::string(rows.text(0)),
                  .kind = std::string(rows.text(1)),
                  .ns = std::string(rows.text(2)),
                  .owner = std::string(rows.text(3)),
                  .attempts = static_cast<std::uint32_t>(rows.integer(4))};
    const bool live = rows.text(5) == "running" && rows.integer(7) > now;
    if (live && rows.text(6) == gateway) {
      jobs.held.push_back(std::move(job));
    } else if (!live) {
      jobs.open.push_back(std::move(job));
    }
  }
}

constexpr std::string_view kEnd =
    "UPDATE jobs SET status = ?2, error_code = ?3, error = ?4, lease_until = 0, updated_at = ?5, "
    "completed_at = ?5, expires_at = ?6 WHERE id = ?1";

Result<void> end_job(Database& database, std::string_view id, const JobEnd& end, std::int64_t now,
                     milliseconds keep_for) {
  LAYER_TRY(database.run(
      kEnd, {id, name(end.status), end.error_code, end.error, now, now + keep_for.count()}));
  return {};
}

Result<std::vector<Job>> claim_jobs(Database& database, const Claim& claim, std::int64_t now) {
  LAYER_ASSIGN(const OpenJobs jobs, open_jobs(database, claim.gateway, now));
  const ClaimPlan plan = plan_claim(claim, jobs.open, jobs.held);
  for (const std::string& id : plan.give_up) {
    LAYER_TRY(end_job(database, id, given_up(), now, claim.keep_for));
  }
  std::vector<Job> claimed;
  for (const std::string& id : plan.take) {
    LAYER_TRY(
        database.run("UPDATE jobs SET status = 'running', attempts = attempts + 1, "
                     "lease_gateway = ?2, lease_epoch = lease_epoch + 1, lease_until = ?3, "
                     "updated_at = ?4 WHERE id = ?1",
                     {id, claim.gateway, now + claim.lease_for.count(), now}));
    LAYER_ASSIGN(auto job, find_job(database, id));
    claimed.push_back(std::move(*job));
  }
  return claimed;
}

// False: the job is no longer held with that epoch.
Result<bool> advance(Database& database, const Held& held, const JobProgress& progress,
                     std::int64_t lease_until, std::int64_t now) {
  const JobCounters& counters = progress.counters;
  LAYER_ASSIGN(
      const std::int64_t changed,
      database.run(
          "UPDATE jobs SET attempts = CASE WHEN cursor <> ?3 THEN 0 ELSE attempts END, "
          "cursor = ?3, progress = ?4, scanned = ?5, total = ?6, done = ?7, failed = ?8, "
          "bytes = ?9, result = ?10, lease_until = ?11, updated_at = ?12 "
          "WHERE id = ?1 AND lease_epoch = ?2 AND status = 'running'",
          {held.id, integer(held.epoch), progress.cursor, progress.progress,
           integer(counters.scanned), integer(counters.total), integer(counters.done),
           integer(counters.failed), integer(counters.bytes), progress.result, lease_until, now}));
  return changed > 0;
}

}  // namespace

Result<std::unique_ptr<SqliteJobStore>> SqliteJobStore::open(const std::filesystem::path& path,
                                                             const core::Clock& clock) {
  LAYER_ASSIGN(auto database, Database::open(path, kBusyMs));
  LAYER_ASSIGN(std::string instance, migrate(*database));
  return std::unique_ptr<SqliteJobStore>(
      new SqliteJobStore(std::move(database), std::move(instance), clock));
}

async::Task<Result<Submitted>> SqliteJobStore::submit(JobSpec spec, std::size_t waiting_max) {
  LAYER_CO_TRY(check_spec(spec));
  co_return co_await writer_.run(
      [spec = std::move(spec), waiting_max, now = clock_.wall_ms()](Database& database) mutable {
        return insert(database, std::move(spec), now, waiting_max);
      });
}

async::Task<Result<std::optional<Job>>> SqliteJobStore::find(std::string id) {
  co_return co_await writer_.run(
      [id = std::move(id)](Database& database) { return find_job(database, id); });
}

async::Task<Result<std::vector<Job>>> SqliteJobStore::list(JobFilter filter,
                                                           std::optional<JobKey> before,
                                                           std::size_t limit) {
  co_return co_await writer_.run([filter = std::move(filter), before = std::move(before), limit,
                                  now = clock_.wall_ms()](Database& database) {
    return list_jobs(database, filter, before, now, limit);
  });
}

async::Task<Result<std::vector<Job>>> SqliteJobStore::claim(Claim claim) {
  co_return co_await writer_.run(
      [claim = std::move(claim), now = clock_.wall_ms()](Database& database) {
        return claim_jobs(database, claim, now);
      });
}

async::Task<Result<bool>> SqliteJobStore::keep(Held held, JobProgress progress,
                                               milliseconds lease_for) {
  LAYER_CO_TRY(check_progress(progress));
  co_return co_await writer_.run([held = std::move(held), progress = std::move(progress), lease_for,
                                  now = clock_.wall_ms()](Database& database) {
    return advance(database, held, progress, now + lease_for.count(), now);
  });
}

async::Task<Result<bool>> SqliteJobStore::release(Held held, JobProgress progress) {
  LAYER_CO_TRY(check_progress(progress));
  co_return co_await writer_.run([held = std::move(held), progress = std::move(progress),
                                  now = clock_.wall_ms()](Database& database) -> Result<bool> {
    LAYER_ASSIGN(const bool is_held, advance(database, held, progress, 0, now));
    if (is_held) {
      LAYER_TRY(
          database.run("UPDATE jobs SET status = 'queued', attempts = max(attempts - 1, 0) "
                       "WHERE id = ?1",
                       {held.id}));
    }
    return is_held;
  });
}

async::Task<Result<bool>> SqliteJobStore::finish(Held held, JobProgress progress, JobEnd end,
                                                 milliseconds keep_for) {
  LAYER_CO_TRY(check_progress(progress));
  co_return co_await writer_.run([held = std::move(held), progress = std::move(progress),
                                  end = std::move(end), keep_for,
                                  now = clock_.wall_ms()](Database& database) -> Result<bool> {
    LAYER_ASSIGN(const bool is_held, advance(database, held, progress, 0, now));
    if (is_held) {
      LAYER_TRY(end_job(database, held.id, end, now, keep_for));
    }
    return is_held;
  });
}

async::Task<Result<std::optional<Job>>> SqliteJobStore::cancel(std::string id,
                                                               milliseconds keep_for) {
  co_return co_await writer_.run([id = std::move(id), keep_for, now = clock_.wall_ms()](
                                     Database& database) -> Result<std::optional<Job>> {
    LAYER_ASSIGN(auto job, find_job(database, id));
    if (!job || is_over(job->status)) {
      return job;
    }
    LAYER_TRY(end_job(database, id, {.status = JobStatus::kCancelled}, now, keep_for));
    return find_job(database, id);
  });
}

async::Task<Result<void>> SqliteJobStore::disown(std::string gateway) {
  co_return co_await writer_.run(
      [gateway = std::move(gateway)](Database& database) -> Result<void> {
        LAYER_TRY(database.run(
            "UPDATE jobs SET lease_until = 0 WHERE status = 'running' AND lease_gateway = ?1",
            {gateway}));
        return {};
      });
}

async::Task<Result<std::size_t>> SqliteJobStore::forget_expired(milliseconds ago) {
  co_return co_await writer_.run(
      [until = clock_.wall_ms() - ago.count()](Database& database) -> Result<std::size_t> {
        LAYER_ASSIGN(const std::int64_t changed,
                     database.run("DELETE FROM jobs WHERE expires_at <= ?1", {until}));
        return static_cast<std::size_t>(changed);
      });
}

async::Task<Result<std::vector<JobCount>>> SqliteJobStore::counts() {
  co_return co_await writer_.run([](Database& database) -> Result<std::vector<JobCount>> {
    LAYER_ASSIGN(auto rows,
                 database.query("SELECT kind, status, count(*) FROM jobs GROUP BY kind, status"));
    std::vector<JobCount> counts;
    while (true) {
      LAYER_ASSIGN(const bool more, rows.next());
      if (!more) {
        return counts;
      }
      if (const auto status = parse_job_status(rows.text(1))) {
        counts.push_back({.kind = std::string(rows.text(0)),
                          .status = *status,
                          .count = static_cast<std::uint64_t>(rows.integer(2))});
      }
    }
  });
}

}  // namespace layer::queue
