#include "queue/postgres/job_statements.h"

#include <fmt/format.h>

#include "queue/job_columns.h"
#include "queue/postgres/sql_now.h"

namespace layer::queue::postgres {
namespace {

constexpr std::string_view kOpen = "status IN ('queued', 'running')";

std::string select(std::string_view where) {
  return fmt::format("SELECT {} FROM jobs, (SELECT {} AS now) AS t WHERE {}", kJobColumns, kNow,
                     where);
}

// An UPDATE of a job by its holder; `more` sets further columns.
std::string advance(std::string_view lease_until, std::string_view attempts,
                    std::string_view more) {
  return fmt::format(
      "UPDATE jobs SET attempts = {}, cursor = $4, progress = $5, scanned = $6, total = $7, "
      "done = $8, failed = $9, bytes = $10, result = $11, lease_until = {}, updated_at = t.now{} "
      "FROM (SELECT {} AS now) AS t "
      "WHERE id = $2 AND lease_epoch = $3 AND status = 'running'",
      attempts, lease_until, more, kNow);
}

constexpr std::string_view kAttempts = "CASE WHEN cursor <> $4 THEN 0 ELSE attempts END";

JobStatements make() {
  JobStatements all;
  all.insert = fmt::format(
      "INSERT INTO jobs (id, kind, namespace, store, owner, params, unique_key, status, "
      "created_at, updated_at) "
      "SELECT $2::text, $3::text, $4::text, $5::text, $6::text, $7::text, $8::text, 'queued', "
      "t.now, t.now FROM (SELECT {} AS now) AS t "
      "WHERE (SELECT count(*) FROM jobs WHERE status = 'queued') < $9::bigint "
      "ON CONFLICT (kind, unique_key) WHERE unique_key <> '' AND {} DO NOTHING "
      "RETURNING created_at, pg_notify($10::text, '')",
      kNow, kOpen);
  all.find = select("id = $2");
  all.find_unique = select(fmt::format("kind = $2 AND unique_key = $3 AND {}", kOpen));
  all.count_queued = "SELECT count(*) FROM jobs WHERE status = 'queued'";
  all.list = select(
                 "(created_at, id) < ($2::bigint, $3::text) "
                 "AND (expires_at IS NULL OR expires_at > t.now) "
                 "AND ($4 = '' OR kind = $4) AND ($5 = '' OR namespace = $5) "
                 "AND ($6 = '' OR owner = $6) AND ($7 = '' OR status = $7)") +
             " ORDER BY created_at DESC, id DESC LIMIT $8::bigint";
  constexpr std::string_view kClaimable = "id, kind, namespace, owner, attempts, created_at";
  all.held = fmt::format(
      "SELECT {} FROM jobs WHERE status = 'running' AND lease_gateway = $2 AND lease_until > {}",
      kClaimable, kNow);
  all.open = fmt::format(
      "SELECT {} FROM jobs WHERE {} AND (status = 'queued' OR lease_until <= {}) "
      "AND kind = ANY($2::text[]) AND (created_at, id) > ($3::bigint, $4::text) "
      "AND namespace <> ALL($5::text[]) AND owner <> ALL($6::text[]) "
      "ORDER BY created_at, id LIMIT $7::bigint FOR UPDATE SKIP LOCKED",
      kClaimable, kOpen, kNow);
  all.take = fmt::format(
      "UPDATE jobs SET status = 'running', attempts = attempts + 1, lease_gateway = $3, "
      "lease_epoch = lease_epoch + 1, lease_until = t.now + $4::bigint, updated_at = t.now "
      "FROM (SELECT {} AS now) AS t WHERE id = ANY($2::text[]) RETURNING {}",
      kNow, kJobColumns);
  constexpr std::string_view kEnd =
      "lease_until = 0, updated_at = t.now, completed_at = t.now, expires_at = t.now + ";
  all.give_up = fmt::format(
      "UPDATE jobs SET status = $3, error_code = $4, error = $5, {}$6::bigint "
      "FROM (SELECT {} AS now) AS t WHERE id = ANY($2::text[])",
      kEnd, kNow);
  all.keep = advance("t.now + $12::bigint", kAttempts, "");
  all.release = advance("0", fmt::format("greatest({} - 1, 0)", kAttempts), ", status = 'queued'") +
                " RETURNING pg_notify($12::text, '')";
  all.finish = advance("0", kAttempts,
                       ", status = $12, error_code = $13, error = $14, completed_at = t.now, "
                       "expires_at = t.now + $15::bigint");
  all.cancel = fmt::format(
      "UPDATE jobs SET status = 'cancelled', error_code = '', error = '', {}$3::bigint "
      "FROM (SELECT {} AS now) AS t WHERE id = $2 AND {} RETURNING {}",
      kEnd, kNow, kOpen, kJobColumns);
  all.disown = fmt::format(
      "UPDATE jobs SET lease_until = 0 WHERE {} IS NOT NULL AND status = 'running' "
      "AND lease_gateway = $2",
      kNow);
  all.forget = fmt::format("DELETE FROM jobs WHERE expires_at <= {} - $2::bigint", kNow);
  all.counts = "SELECT kind, status, count(*) FROM jobs GROUP BY kind, status";
  return all;
}

}  // namespace

const JobStatements& job_statements() {
  static const JobStatements kStatements = make();
  return kStatements;
}

}  // namespace layer::queue::postgres
