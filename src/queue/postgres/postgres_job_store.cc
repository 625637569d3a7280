#include "queue/postgres/postgres_job_store.h"

#include <limits>
#include <utility>

#include "queue/job_columns.h"
#include "queue/job_rules.h"
#include "queue/postgres/claim_jobs.h"
#include "queue/postgres/job_statements.h"
#include "queue/postgres/plain_text.h"
#include "queue/postgres/work_channel.h"

namespace layer::queue {
namespace {

using postgres::Answer;
using postgres::Connection;
using postgres::job_statements;
using postgres::PoolKind;
using postgres::Statement;
using postgres::Value;
using std::chrono::milliseconds;

// A submission that lost a race to one that ended meanwhile.
constexpr int kSubmitTriesMax = 5;
// Submissions take turns, so that each counts those before it: the limit holds among gateways.
constexpr std::int64_t kSubmitLock = 0x6c617965726a6f62;

Result<std::optional<Job>> read_one(const Answer& answer) {
  if (answer.rows() == 0) {
    return std::nullopt;
  }
  LAYER_ASSIGN(Job job, read_job(answer.row(0)));
  return job;
}

async::Task<Result<Submitted>> submit_job(Connection& connection, JobSpec spec, Value now,
                                          std::size_t waiting_max, std::string channel) {
  for (int i = 0; i < kSubmitTriesMax; ++i) {
    std::vector<Statement> locked;
    locked.push_back({.sql = "SELECT pg_advisory_xact_lock($1::bigint)", .values = {kSubmitLock}});
    locked.push_back({.sql = job_statements().insert,
                      .values = {now, spec.id, spec.kind, spec.ns, spec.store, spec.owner,
                                 spec.params, spec.unique_key, waiting_max, channel}});
    LAYER_CO_ASSIGN(const auto both, co_await connection.run(std::move(locked)));
    const Answer& inserted = both.at(1);
    if (inserted.rows() == 1) {
      Job job{.spec = std::move(spec)};
      job.created_at_ms = job.updated_at_ms = inserted.row(0).integer(0);
      co_return Submitted{.job = std::move(job)};
    }
    std::vector<Statement> why;
    why.push_back(
        {.sql = job_statements().find_unique, .values = {now, spec.kind, spec.unique_key}});
    why.push_back({.sql = job_statements().count_queued});
    LAYER_CO_ASSIGN(const auto answers, co_await connection.run(std::move(why)));
    if (!spec.unique_key.empty() && answers.at(0).rows() == 1) {
      LAYER_CO_ASSIGN(Job job, read_job(answers.at(0).row(0)));
      co_return Submitted{.job = std::move(job), .is_new = false};
    }
    if (std::cmp_greater_equal(answers.at(1).row(0).integer(0), waiting_max)) {
      co_return std::unexpected(too_many_wait(waiting_max));
    }
  }
  co_return fail(ErrorCode::kUnavailable, "jobs come and go too fast to submit another; try again");
}

}  // namespace

std::string PostgresJobStore::channel() const {
  return postgres::jobs_channel(database_.options().connection.schema);
}

Value PostgresJobStore::now() const {
  return clock_ == nullptr ? Value(nullptr) : Value(clock_->wall_ms());
}

async::Task<Result<Submitted>> PostgresJobStore::submit(JobSpec spec, std::size_t waiting_max) {
  LAYER_CO_TRY(check_spec(spec));
  co_return co_await database_.run(PoolKind::kData, [spec = std::move(spec), waiting_max,
                                                     now = now(), channel = channel()](
                                                        Connection& connection) mutable {
    return submit_job(connection, std::move(spec), std::move(now), waiting_max, std::move(channel));
  });
}

async::Task<Result<std::optional<Job>>> PostgresJobStore::find(std::string id) {
  co_return co_await database_.run(
      PoolKind::kData,
      [id = std::move(id),
       now = now()](Connection& connection) -> async::Task<Result<std::optional<Job>>> {
        LAYER_CO_ASSIGN(
            const Answer answer,
            co_await connection.run(Statement{.sql = job_statements().find, .values = {now, id}}));
        co_return read_one(answer);
      });
}

async::Task<Result<std::vector<Job>>> PostgresJobStore::list(JobFilter filter,
                                                             std::optional<JobKey> before,
                                                             std::size_t limit) {
  const JobKey from =
      before.value_or(JobKey{.created_at_ms = std::numeric_limits<std::int64_t>::max(), .id = {}});
  std::vector<Value> values{now(),
                            from.created_at_ms,
                            from.id,
                            filter.kind,
                            filter.ns,
                            filter.owner,
                            filter.status ? name(*filter.status) : std::string_view(),
                            limit};
  co_return co_await database_.run(
      PoolKind::kData,
      [values =
           std::move(values)](Connection& connection) -> async::Task<Result<std::vector<Job>>> {
        LAYER_CO_ASSIGN(const Answer answer, co_await connection.run(Statement{
                                                 .sql = job_statements().list, .values = values}));
        std::vector<Job> jobs;
        for (int i = 0; i < answer.rows(); ++i) {
          LAYER_CO_ASSIGN(Job job, read_job(answer.row(i)));
          jobs.push_back(std::move(job));
        }
        co_return jobs;
      });
}

async::Task<Result<std::vector<Job>>> PostgresJobStore::claim(Claim claim) {
  co_return co_await database_.run(PoolKind::kData,
                                   [claim = std::move(claim), now = now()](Connection& connection) {
                                     return postgres::claim_jobs(connection, claim, now);
                                   });
}

async::Task<Result<bool>> PostgresJobStore::advance(PoolKind pool, std::string_view sql, Held held,
                                                    JobProgress progress, std::vector<Value> more) {
  LAYER_CO_TRY(check_progress(progress));
  const JobCounters& counters = progress.counters;
  std::vector<Value> values{now(),
                            held.id,
                            held.epoch,
                            Value::bytes(std::move(progress.cursor)),
                            progress.progress,
                            counters.scanned,
                            counters.total,
                            counters.done,
                            counters.failed,
                            counters.bytes,
                            std::move(progress.result)};
  values.insert(values.end(), more.begin(), more.end());
  co_return co_await database_.run(
      pool, [sql, values = std::move(values)](Connection& connection) -> async::Task<Result<bool>> {
        LAYER_CO_ASSIGN(const Answer answer,
                        co_await connection.run(Statement{.sql = sql, .values = values}));
        co_return answer.changed() > 0;
      });
}

async::Task<Result<bool>> PostgresJobStore::keep(Held held, JobProgress progress,
                                                 milliseconds lease_for) {
  co_return co_await advance(PoolKind::kControl, job_statements().keep, std::move(held),
                             std::move(progress), {lease_for.count()});
}

async::Task<Result<bool>> PostgresJobStore::release(Held held, JobProgress progress) {
  co_return co_await advance(PoolKind::kData, job_statements().release, std::move(held),
                             std::move(progress), {channel()});
}

async::Task<Result<bool>> PostgresJobStore::finish(Held held, JobProgress progress, JobEnd end,
                                                   milliseconds keep_for) {
  co_return co_await advance(PoolKind::kData, job_statements().finish, std::move(held),
                             std::move(progress),
                             {name(end.status), end.error_code,
                              postgres::plain_text(std::move(end.error)), keep_for.count()});
}

async::Task<Result<std::optional<Job>>> PostgresJobStore::cancel(std::string id,
                                                                 milliseconds keep_for) {
  co_return co_await database_.run(
      PoolKind::kData,
      [id = std::move(id), keep_for,
       now = now()](Connection& connection) -> async::Task<Result<std::optional<Job>>> {
        LAYER_CO_ASSIGN(const Answer cancelled,
                        co_await connection.run(Statement{.sql = job_statements().cancel,
                                                          .values = {now, id, keep_for.count()}}));
        if (cancelled.rows() == 1) {
          co_return read_one(cancelled);
        }
        LAYER_CO_ASSIGN(
            const Answer found,
            co_await connection.run(Statement{.sql = job_statements().find, .values = {now, id}}));
        co_return read_one(found);
      });
}

async::Task<Result<void>> PostgresJobStore::disown(std::string gateway) {
  co_return co_await database_.run(
      PoolKind::kControl,
      [gateway = std::move(gateway),
       now = now()](Connection& connection) -> async::Task<Result<void>> {
        LAYER_CO_TRY(co_await connection.run(
            Statement{.sql = job_statements().disown, .values = {now, gateway}}));
        co_return Result<void>{};
      });
}

async::Task<Result<std::size_t>> PostgresJobStore::forget_expired(milliseconds ago) {
  co_return co_await database_.run(
      PoolKind::kControl,
      [ago, now = now()](Connection& connection) -> async::Task<Result<std::size_t>> {
        LAYER_CO_ASSIGN(const Answer answer,
                        co_await connection.run(Statement{.sql = job_statements().forget,
                                                          .values = {now, ago.count()}}));
        co_return static_cast<std::size_t>(answer.changed());
      });
}

async::Task<Result<std::vector<JobCount>>> PostgresJobStore::counts() {
  co_return co_await database_.run(
      PoolKind::kControl, [](Connection& connection) -> async::Task<Result<std::vector<JobCount>>> {
        LAYER_CO_ASSIGN(const Answer answer,
                        co_await connection.run(Statement{.sql = job_statements().counts}));
        std::vector<JobCount> counts;
        for (int i = 0; i < answer.rows(); ++i) {
          const Answer::Row row = answer.row(i);
          if (const auto status = parse_job_status(row.text(1))) {
            counts.push_back({.kind = row.text(0),
                              .status = *status,
                              .count = static_cast<std::uint64_t>(row.integer(2))});
          }
        }
        co_return counts;
      });
}

}  // namespace layer::queue
