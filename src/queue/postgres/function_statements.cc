#include "queue/postgres/function_statements.h"

#include <fmt/format.h>

#include "queue/function_rules.h"
#include "queue/postgres/sql_now.h"

namespace layer::queue::postgres {
namespace {

// The time, once a statement.
std::string with_now() {
  return fmt::format("WITH t AS MATERIALIZED (SELECT {} AS now)", kNow);
}

// Items that a call names, with the place each has in it, and which of them the caller holds: the
// rule is holds() of lease.h.
constexpr std::string_view kNamed =
    "r AS MATERIALIZED (SELECT * FROM unnest($4::text[], $5::smallint[], $6::text[], $7::bigint[]) "
    "WITH ORDINALITY AS u(ns, kind, id, epoch, at))";
constexpr std::string_view kHeld =
    "i.function = $2::text AND i.namespace = r.ns AND i.id_kind = r.kind AND i.id = r.id "
    "AND i.state = 1 AND CASE WHEN r.epoch <> 0 THEN i.epoch = r.epoch "
    "ELSE i.worker = $3::text AND i.due_at > t.now END";

// Adds to the counters of a minute what `from` says: function, completed, failed.
std::string counted(std::string_view from) {
  return fmt::format(
      "counted AS (INSERT INTO function_counters AS c (function, minute, slot, completed, failed) "
      "SELECT s.function, t.now / 60000 * 60000, pg_backend_pid() % 16, s.completed, s.failed "
      "FROM t, ({}) AS s WHERE s.completed + s.failed > 0 "
      "ON CONFLICT (function, minute, slot) DO UPDATE SET "
      "completed = c.completed + excluded.completed, failed = c.failed + excluded.failed)",
      from);
}

// Keys are taken in their order, so that calls that name the same ones wait for each other instead
// of deadlocking.
std::string add(std::string_view on_conflict) {
  return with_now() +
         fmt::format(
             ", f AS MATERIALIZED (SELECT id FROM functions WHERE id = $2::text FOR KEY SHARE), "
             "idle AS MATERIALIZED (SELECT NOT EXISTS (SELECT FROM function_items, t "
             "WHERE function = $2::text AND state = 0 AND due_at <= t.now) AS idle), "
             "added AS (INSERT INTO function_items AS i "
             "(function, namespace, id_kind, id, state, due_at, created_at) "
             "SELECT f.id, k.ns, k.kind, k.id, 0, t.now, t.now FROM f, t, "
             "(SELECT DISTINCT * FROM unnest($3::text[], $4::smallint[], $5::text[]) "
             "AS u(ns, kind, id)) AS k ORDER BY k.ns, k.kind, k.id "
             "ON CONFLICT (function, namespace, id_kind, id) {} RETURNING xmax = 0 AS fresh) "
             "SELECT (SELECT count(*) FROM f), (SELECT count(*) FROM added WHERE fresh), "
             "(SELECT count(*) FROM added WHERE NOT fresh), "
             "(SELECT pg_notify($6::text, '') FROM idle "
             "WHERE idle AND EXISTS (SELECT FROM added))",
             on_conflict);
}

// fate() of function_rules.h, in SQL: 0 transient, 1 permanent, 2 throttled, 3 release.
std::string end() {
  return with_now() +
         fmt::format(
             ", r AS MATERIALIZED (SELECT * FROM unnest($4::text[], $5::smallint[], $6::text[], "
             "$7::bigint[], $8::smallint[], $9::text[], $10::bigint[], $11::bigint[]) "
             "WITH ORDINALITY AS u(ns, kind, id, epoch, verdict, message, wait, jitter, at)), "
             "f AS MATERIALIZED (SELECT * FROM functions WHERE id = $2::text), "
             "done AS (UPDATE function_items AS i SET "
             "state = CASE WHEN i.renewed OR r.verdict >= 2 THEN 0 "
             "WHEN r.verdict = 1 OR i.attempts + 1 >= f.attempts_max THEN 2 ELSE 0 END, "
             "attempts = CASE WHEN i.renewed THEN 0 WHEN r.verdict >= 2 THEN i.attempts "
             "ELSE i.attempts + 1 END, "
             "due_at = t.now + CASE WHEN r.verdict = 2 THEN r.wait "
             "WHEN i.renewed OR r.verdict <> 0 OR i.attempts + 1 >= f.attempts_max THEN 0 "
             "ELSE least(f.backoff_first << least(i.attempts, 30), f.backoff_max) * r.jitter "
             "/ 1000 END, "
             "error = r.message, worker = '', renewed = false FROM r, t, f WHERE {} "
             "RETURNING r.at, i.state), "
             "{}, "
             "throttled AS (UPDATE functions SET throttled_until = "
             "greatest(throttled_until, t.now + $12::bigint) FROM t "
             "WHERE id = $2::text AND $12::bigint > 0 AND EXISTS (SELECT FROM done)) "
             "SELECT at FROM done",
             kHeld,
             counted("SELECT $2::text AS function, 0 AS completed, "
                     "count(*) FILTER (WHERE state = 2) AS failed FROM done"));
}

std::string complete() {
  return with_now() +
         fmt::format(
             ", {}, done AS (DELETE FROM function_items AS i USING r, t WHERE {} AND NOT i.renewed "
             "RETURNING r.at), "
             "again AS (UPDATE function_items AS i SET state = 0, attempts = 0, due_at = t.now, "
             "error = '', worker = '', renewed = false FROM r, t WHERE {} AND i.renewed "
             "RETURNING r.at), "
             "ended AS (SELECT at FROM done UNION ALL SELECT at FROM again), "
             "{} SELECT at FROM ended",
             kNamed, kHeld, kHeld,
             counted("SELECT $2::text AS function, "
                     "CASE WHEN $8::boolean THEN count(*) ELSE 0 END AS completed, 0 AS failed "
                     "FROM ended"));
}

std::string claim() {
  return with_now() +
         ", f AS MATERIALIZED (SELECT paused, greatest(throttled_until - t.now, 0) AS wait "
         "FROM functions, t WHERE id = $2::text), "
         "e AS MATERIALIZED (SELECT nextval('lease_epochs') AS epoch), "
         "taken AS (UPDATE function_items SET state = 1, renewed = false, note = '', "
         "worker = $3::text, "
         "due_at = (SELECT now FROM t) + $5::bigint, epoch = (SELECT epoch FROM e) "
         "WHERE ctid = ANY (ARRAY(SELECT i.ctid FROM function_items AS i "
         "WHERE i.function = $2::text AND i.state = 0 AND i.due_at <= (SELECT now FROM t) "
         "AND (SELECT NOT paused AND wait = 0 FROM f) "
         "ORDER BY i.due_at LIMIT $4::bigint FOR UPDATE SKIP LOCKED)) "
         "RETURNING namespace, id_kind, id, epoch, attempts, due_at, created_at) "
         "SELECT f.paused, f.wait, taken.* FROM f LEFT JOIN taken ON true";
}

// An array of the functions first, so that one look into the index a function finds them.
std::string reap() {
  return with_now() +
         fmt::format(
             ", ended AS (UPDATE function_items AS i SET "
             "state = CASE WHEN NOT i.renewed AND i.attempts + 1 >= f.attempts_max THEN 2 "
             "ELSE 0 END, "
             "attempts = CASE WHEN i.renewed THEN 0 ELSE i.attempts + 1 END, "
             "due_at = (SELECT now FROM t), error = '{}', worker = '', renewed = false "
             "FROM functions AS f WHERE f.id = i.function AND i.ctid = ANY (ARRAY("
             "SELECT x.ctid FROM function_items AS x "
             "WHERE x.function = ANY (ARRAY(SELECT id FROM functions)) AND x.state = 1 "
             "AND x.due_at <= (SELECT now FROM t) LIMIT $2::bigint FOR UPDATE SKIP LOCKED)) "
             "RETURNING i.function, i.state), {} "
             "SELECT count(*) FILTER (WHERE state = 0), count(*) FILTER (WHERE state = 2) "
             "FROM ended",
             kLeaseExpired,
             counted("SELECT function, 0 AS completed, count(*) FILTER (WHERE state = 2) "
                     "AS failed FROM ended GROUP BY function"));
}

void add_registry(FunctionStatements& all) {
  constexpr std::string_view kInsert =
      "INSERT INTO functions AS f (id, spec, attempts_max, backoff_first, backoff_max, paused, "
      "created_at, updated_at) SELECT $2::text, $3::text, $4::bigint, $5::bigint, $6::bigint, "
      "coalesce($7::boolean, false), t.now, t.now FROM t "
      "WHERE (SELECT count(*) FROM functions) < $8::bigint "
      "OR EXISTS (SELECT FROM functions WHERE id = $2::text) ON CONFLICT (id)";
  all.create = fmt::format("{} {} DO NOTHING RETURNING {}", with_now(), kInsert, kFunctionColumns);
  all.put = fmt::format(
      "{} {} DO UPDATE SET spec = excluded.spec, attempts_max = excluded.attempts_max, "
      "backoff_first = excluded.backoff_first, backoff_max = excluded.backoff_max, "
      "paused = coalesce($7::boolean, f.paused), updated_at = excluded.updated_at RETURNING {}",
      with_now(), kInsert, kFunctionColumns);
  const std::string select =
      fmt::format("{} SELECT {} FROM functions, t", with_now(), kFunctionColumns);
  all.find = select + " WHERE id = $2::text";
  all.all = select + " ORDER BY id";
  const auto remove = [](std::string_view table, std::string_view column) {
    return fmt::format("{} DELETE FROM {} USING t WHERE {} = $2::text", with_now(), table, column);
  };
  all.remove = remove("functions", "id");
  all.remove_items = remove("function_items", "function");
  all.remove_sweeps = remove("function_sweeps", "function");
  all.remove_counters = remove("function_counters", "function");
  all.pause = fmt::format(
      "{} UPDATE functions SET paused = $3::boolean, updated_at = t.now FROM t "
      "WHERE id = $2::text RETURNING {}",
      with_now(), kFunctionColumns);
}

void add_sweeps(FunctionStatements& all) {
  all.sweeps = with_now() +
               " SELECT namespace, cursor, completed, failures, started_at, completed_at, error "
               "FROM function_sweeps, t WHERE function = $2::text ORDER BY namespace";
  all.save_sweep =
      with_now() +
      ", f AS MATERIALIZED (SELECT id FROM functions WHERE id = $2::text FOR KEY SHARE) "
      "INSERT INTO function_sweeps (function, namespace, cursor, completed, failures, "
      "started_at, completed_at, error) "
      "SELECT f.id, $3::text, $4::text, $5::bigint, $6::bigint, $7::bigint, $8::bigint, $9::text "
      "FROM f, t ON CONFLICT (function, namespace) DO UPDATE SET cursor = excluded.cursor, "
      "completed = excluded.completed, failures = excluded.failures, "
      "started_at = excluded.started_at, completed_at = excluded.completed_at, "
      "error = excluded.error";
}

void add_reads(FunctionStatements& all) {
  all.items = with_now() +
              " SELECT namespace, id_kind, id, state, attempts, due_at, epoch, worker, error "
              "FROM function_items, t WHERE function = $2::text "
              "AND ($3::smallint < 0 OR state = $3::smallint) "
              "AND ($4::text = '' OR namespace = $4::text) "
              "AND (namespace, id_kind, id) > ($5::text, $6::smallint, $7::text) "
              "ORDER BY namespace, id_kind, id LIMIT $8::bigint";
  all.counts = with_now() +
               " SELECT state, count(*), count(*) FILTER (WHERE due_at <= t.now + $3::bigint), "
               "min(due_at) FROM function_items, t WHERE function = $2::text GROUP BY state";
  all.rates = with_now() +
              " SELECT minute, sum(completed)::bigint, sum(failed)::bigint "
              "FROM function_counters, t WHERE function = $2::text AND minute > t.now - $3::bigint "
              "GROUP BY minute ORDER BY minute";
  all.forget_rates =
      with_now() + " DELETE FROM function_counters USING t WHERE minute <= t.now - $2::bigint";
}

FunctionStatements make() {
  FunctionStatements all;
  add_registry(all);
  add_sweeps(all);
  add_reads(all);
  all.keep = add("DO NOTHING");
  all.renew =
      add("DO UPDATE SET renewed = (i.state = 1), "
          "attempts = CASE i.state WHEN 2 THEN 0 ELSE i.attempts END, "
          "due_at = CASE i.state WHEN 2 THEN excluded.due_at ELSE i.due_at END, "
          "state = CASE i.state WHEN 2 THEN 0 ELSE i.state END "
          "WHERE i.state <> 0 AND NOT i.renewed");
  all.claim = claim();
  all.extend = with_now() + fmt::format(
                                ", {} UPDATE function_items AS i SET due_at = t.now + $8::bigint "
                                "FROM r, t WHERE {} RETURNING r.at",
                                kNamed, kHeld);
  all.annotate =
      with_now() +
      fmt::format(
          ", r AS MATERIALIZED (SELECT * FROM unnest($4::text[], $5::smallint[], $6::text[], "
          "$7::bigint[], $8::text[]) WITH ORDINALITY AS u(ns, kind, id, epoch, note, at)) "
          "UPDATE function_items AS i SET note = r.note FROM r, t WHERE {} RETURNING r.at",
          kHeld);
  all.complete = complete();
  all.end = end();
  all.explain = with_now() + fmt::format(
                                 ", {} SELECT r.at, i.state, i.epoch, i.worker, i.due_at, t.now, "
                                 "EXISTS (SELECT FROM functions WHERE id = $2::text AND NOT paused "
                                 "AND $3::text IS NOT NULL), i.note "
                                 "FROM t, r LEFT JOIN function_items AS i ON i.function = $2::text "
                                 "AND i.namespace = r.ns AND i.id_kind = r.kind AND i.id = r.id",
                                 kNamed);
  all.drop = with_now() +
             " DELETE FROM function_items AS i USING t, "
             "unnest($3::text[], $4::smallint[], $5::text[]) AS k(ns, kind, id) "
             "WHERE i.function = $2::text AND i.namespace = k.ns AND i.id_kind = k.kind "
             "AND i.id = k.id";
  all.drop_namespace = with_now() +
                       " DELETE FROM function_items USING t "
                       "WHERE function = ANY (ARRAY(SELECT id FROM functions)) "
                       "AND namespace = $2::text";
  all.drop_namespace_sweeps =
      with_now() + " DELETE FROM function_sweeps USING t WHERE namespace = $2::text";
  all.reset_failed = with_now() +
                     " UPDATE function_items SET state = 0, attempts = 0, due_at = t.now FROM t "
                     "WHERE function = $2::text AND state = 2";
  all.reap = reap();
  return all;
}

}  // namespace

const FunctionStatements& function_statements() {
  static const FunctionStatements kStatements = make();
  return kStatements;
}

}  // namespace layer::queue::postgres
