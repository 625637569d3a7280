#include "queue/postgres/document_statements.h"

#include <string_view>

#include <fmt/format.h>

#include "queue/document_rules.h"
#include "queue/postgres/sql_now.h"

namespace layer::queue::postgres {
namespace {

// The time, once a statement.
std::string with_now() {
  return fmt::format("WITH t AS MATERIALIZED (SELECT {} AS now)", kNow);
}

constexpr std::string_view kPipelineColumns =
    "id, target_namespace, distance_metric, paused, created_at";
constexpr std::string_view kDocumentColumns =
    "id, stage, revision, chunks, attempts, reason, worker, epoch, leased_until, updated_at";
constexpr std::string_view kNamed =
    "r AS MATERIALIZED (SELECT * FROM unnest($4::text[], $5::bigint[]) "
    "WITH ORDINALITY AS u(id, epoch, at))";
// holds() of lease.h.
constexpr std::string_view kHeld =
    "d.pipeline = $2::text AND d.id = r.id AND d.leased_until > 0 AND CASE WHEN r.epoch <> 0 "
    "THEN d.epoch = r.epoch ELSE d.worker = $3::text AND d.leased_until > t.now END";
// What every document gets whose lease ends.
constexpr std::string_view kFree = "worker = '', leased_until = 0, claimed_from = ''";

// Adds to the counters of a minute the documents of `from` by their stage.
std::string counted(std::string_view from) {
  return fmt::format(
      "counted AS (INSERT INTO pipeline_counters AS c (pipeline, minute, slot, completed, failed) "
      "SELECT pipeline, t.now / 60000 * 60000, pg_backend_pid() % 16, "
      "count(*) FILTER (WHERE stage = 'indexed'), count(*) FILTER (WHERE stage = 'failed') "
      "FROM t, {} WHERE stage IN ('indexed', 'failed') GROUP BY pipeline, t.now "
      "ON CONFLICT (pipeline, minute, slot) DO UPDATE SET "
      "completed = c.completed + excluded.completed, failed = c.failed + excluded.failed)",
      from);
}

void add_registry(DocumentStatements& all) {
  all.create = fmt::format(
      "{} INSERT INTO pipelines (id, target_namespace, distance_metric, paused, created_at) "
      "SELECT $2::text, $3::text, $4::text, $5::boolean, t.now FROM t "
      "WHERE (SELECT count(*) FROM pipelines) < $6::bigint ON CONFLICT (id) DO NOTHING "
      "RETURNING {}",
      with_now(), kPipelineColumns);
  const std::string select =
      fmt::format("{} SELECT {} FROM pipelines, t", with_now(), kPipelineColumns);
  all.find = select + " WHERE id = $2::text";
  all.all = select + " ORDER BY id";
  const auto remove = [](std::string_view table, std::string_view column) {
    return fmt::format("{} DELETE FROM {} USING t WHERE {} = $2::text", with_now(), table, column);
  };
  all.remove = remove("pipelines", "id");
  all.remove_documents = remove("pipeline_documents", "pipeline");
  all.remove_counters = remove("pipeline_counters", "pipeline");
  all.pause = fmt::format(
      "{} UPDATE pipelines SET paused = $3::boolean FROM t WHERE id = $2::text RETURNING {}",
      with_now(), kPipelineColumns);
}

std::string stage() {
  return with_now() +
         fmt::format(
             ", p AS MATERIALIZED (SELECT id FROM pipelines WHERE id = $2::text FOR KEY SHARE), "
             "idle AS MATERIALIZED (SELECT NOT EXISTS (SELECT FROM pipeline_documents "
             "WHERE pipeline = $2::text AND stage = $4::text AND leased_until = 0) AS idle), "
             "staged AS (INSERT INTO pipeline_documents AS d "
             "(pipeline, id, stage, revision, chunks, updated_at) "
             "SELECT p.id, $3::text, $4::text, $5::bigint, $6::bigint, t.now FROM p, t "
             "ON CONFLICT (pipeline, id) DO UPDATE SET stage = excluded.stage, "
             "revision = excluded.revision, chunks = excluded.chunks, attempts = 0, "
             "unreadable = 0, reason = '', held_until = 0, updated_at = excluded.updated_at, {} "
             "WHERE d.revision < excluded.revision RETURNING 1) "
             "SELECT (SELECT count(*) FROM p), (SELECT count(*) FROM staged), "
             "(SELECT pg_notify($7::text, '') FROM idle "
             "WHERE idle AND EXISTS (SELECT FROM staged))",
             kFree);
}

std::string claim() {
  return with_now() +
         ", p AS MATERIALIZED (SELECT paused FROM pipelines WHERE id = $2::text), "
         "e AS MATERIALIZED (SELECT nextval('lease_epochs') AS epoch), "
         "x AS MATERIALIZED (SELECT o.id, o.updated_at FROM pipeline_documents AS o "
         "WHERE o.pipeline = $2::text AND o.stage = $3::text AND o.leased_until = 0 "
         "AND o.held_until <= (SELECT now FROM t) AND starts_with(o.id, $8::text) "
         "AND (SELECT NOT paused FROM p) "
         "ORDER BY o.updated_at LIMIT $6::bigint FOR UPDATE SKIP LOCKED), "
         "taken AS (UPDATE pipeline_documents AS d SET stage = $4::text, worker = $5::text, "
         "epoch = e.epoch, leased_until = t.now + $7::bigint, claimed_from = $3::text, "
         "updated_at = t.now FROM x, t, e WHERE d.pipeline = $2::text AND d.id = x.id "
         "RETURNING d.id, d.epoch, d.attempts, d.revision, x.updated_at AS waited_since) "
         "SELECT taken.* FROM p LEFT JOIN taken ON true ORDER BY taken.waited_since, taken.id";
}

// judge() and keeps_attempts() of document_rules.h, in SQL. What is missing begins in the stage it
// would be moved to.
std::string move() {
  return with_now() +
         fmt::format(
             ", {}, p AS MATERIALIZED (SELECT id FROM pipelines WHERE id = $2::text "
             "FOR KEY SHARE), "
             "moved AS (UPDATE pipeline_documents AS d SET stage = $6::text, reason = $8::text, "
             "attempts = CASE WHEN $6::text IN ('pending', 'failed', d.claimed_from) "
             "THEN d.attempts ELSE 0 END, "
             "unreadable = CASE WHEN $6::text IN ('pending', 'failed', d.claimed_from) "
             "THEN d.unreadable ELSE 0 END, "
             "held_until = 0, updated_at = t.now, {} FROM r, t "
             "WHERE d.pipeline = $2::text AND d.id = r.id "
             "AND ($7::text = '' OR d.stage = $7::text) "
             "AND CASE WHEN r.epoch <> 0 THEN d.leased_until > 0 AND d.epoch = r.epoch "
             "WHEN $3::text <> '' THEN d.leased_until > t.now AND d.worker = $3::text "
             "ELSE d.leased_until = 0 OR $9::boolean END RETURNING r.at, d.pipeline, d.stage), "
             "made AS (INSERT INTO pipeline_documents "
             "(pipeline, id, stage, revision, chunks, reason, updated_at) "
             "SELECT DISTINCT p.id, r.id, $6::text, 0, 0, $8::text, t.now FROM p, r, t "
             "WHERE $10::boolean AND r.epoch = 0 ON CONFLICT (pipeline, id) DO NOTHING "
             "RETURNING id, pipeline, stage), "
             "done AS (SELECT at, pipeline, stage FROM moved UNION ALL "
             "SELECT min(r.at), made.pipeline, made.stage FROM made JOIN r ON r.id = made.id "
             "GROUP BY made.id, made.pipeline, made.stage), "
             "{} SELECT at FROM done",
             kNamed, kFree, counted("done"));
}

std::string unreadable() {
  return with_now() +
         fmt::format(
             ", {}, done AS (UPDATE pipeline_documents AS d SET "
             "stage = CASE WHEN d.unreadable + 1 >= $6::bigint THEN 'failed' "
             "ELSE d.claimed_from END, "
             "reason = CASE WHEN d.unreadable + 1 >= $6::bigint THEN '{}' ELSE '' END, "
             "held_until = CASE WHEN d.unreadable + 1 >= $6::bigint THEN 0 "
             "ELSE t.now + $7::bigint END, "
             "unreadable = d.unreadable + 1, updated_at = t.now, {} FROM r, t WHERE {} "
             "RETURNING r.at, d.pipeline, d.stage), {} SELECT at FROM done",
             kNamed, kReasonUnreadable, kFree, kHeld, counted("done"));
}

std::string reap() {
  return with_now() +
         fmt::format(
             ", done AS (UPDATE pipeline_documents AS d SET "
             "stage = CASE WHEN d.attempts + 1 >= $3::bigint THEN 'failed' "
             "ELSE d.claimed_from END, "
             "reason = CASE WHEN d.attempts + 1 >= $3::bigint THEN '{}' ELSE '' END, "
             "attempts = d.attempts + 1, held_until = 0, updated_at = (SELECT now FROM t), {} "
             "WHERE d.ctid = ANY (ARRAY(SELECT o.ctid FROM pipeline_documents AS o "
             "WHERE o.leased_until > 0 AND o.leased_until <= (SELECT now FROM t) "
             "LIMIT $2::bigint FOR UPDATE SKIP LOCKED)) RETURNING d.pipeline, d.stage), {} "
             "SELECT count(*) FILTER (WHERE stage <> 'failed'), "
             "count(*) FILTER (WHERE stage = 'failed') FROM done",
             kReasonLeaseExpired, kFree, counted("done"));
}

void add_reads(DocumentStatements& all) {
  const std::string select =
      fmt::format("{} SELECT {} FROM pipeline_documents, t WHERE pipeline = $2::text", with_now(),
                  kDocumentColumns);
  all.document = select + " AND id = $3::text";
  all.documents = select +
                  " AND ($3::text = '' OR stage = $3::text) AND starts_with(id, $4::text) "
                  "AND id >= $4::text AND id > $5::text ORDER BY id LIMIT $6::bigint";
  all.counts = with_now() +
               " SELECT stage, count(*), count(*) FILTER (WHERE leased_until > 0), "
               "min(updated_at) FROM pipeline_documents, t WHERE pipeline = $2::text "
               "GROUP BY stage ORDER BY stage";
  all.reasons = with_now() +
                " SELECT reason, count(*) FROM pipeline_documents, t WHERE pipeline = $2::text "
                "AND stage = 'failed' GROUP BY reason ORDER BY reason";
  all.rates = with_now() +
              " SELECT minute, sum(completed)::bigint, sum(failed)::bigint "
              "FROM pipeline_counters, t WHERE pipeline = $2::text AND minute > t.now - $3::bigint "
              "GROUP BY minute ORDER BY minute";
  all.forget_rates =
      with_now() + " DELETE FROM pipeline_counters USING t WHERE minute <= t.now - $2::bigint";
}

DocumentStatements make() {
  DocumentStatements all;
  add_registry(all);
  add_reads(all);
  all.stage = stage();
  all.claim = claim();
  all.extend =
      with_now() + fmt::format(
                       ", {} UPDATE pipeline_documents AS d SET leased_until = t.now + $7::bigint "
                       "FROM r, t WHERE d.stage = $6::text AND {} RETURNING r.at",
                       kNamed, kHeld);
  all.move = move();
  all.unreadable = unreadable();
  all.explain =
      with_now() + fmt::format(
                       ", {} SELECT r.at, d.stage, d.leased_until, d.epoch, d.worker, t.now, "
                       "EXISTS (SELECT FROM pipelines WHERE id = $2::text AND NOT paused "
                       "AND $3::text IS NOT NULL) FROM t, r LEFT JOIN pipeline_documents AS d "
                       "ON d.pipeline = $2::text AND d.id = r.id",
                       kNamed);
  all.reap = reap();
  return all;
}

}  // namespace

const DocumentStatements& document_statements() {
  static const DocumentStatements kStatements = make();
  return kStatements;
}

}  // namespace layer::queue::postgres
