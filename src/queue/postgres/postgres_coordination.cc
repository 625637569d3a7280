#include "queue/postgres/postgres_coordination.h"

#include <utility>

#include <fmt/format.h>

#include "queue/postgres/listener.h"
#include "queue/postgres/sql_now.h"

namespace layer::queue {
namespace {

using postgres::Answer;
using postgres::kNow;
using postgres::Statement;
using postgres::Value;
using std::chrono::milliseconds;

// "layer" and "chng" in ASCII: whoever announces a change holds it until the change can be seen.
constexpr std::int64_t kChangesLock = 0x6c61796563686e67;

const std::string& lead_sql() {
  static const std::string kSql = fmt::format(
      "INSERT INTO leaders AS l (name, holder, epoch, lease_until) "
      "SELECT $2::text, $3::text, 1, t.now + $4::bigint FROM (SELECT {0} AS now) AS t "
      "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, "
      "epoch = l.epoch + CASE WHEN l.holder = excluded.holder THEN 0 ELSE 1 END, "
      "lease_until = excluded.lease_until WHERE l.holder = excluded.holder OR l.lease_until <= {0} "
      "RETURNING epoch",
      kNow);
  return kSql;
}

const std::string& beat_sql() {
  static const std::string kSql = fmt::format(
      "INSERT INTO gateways (id, address, version, hlc, heartbeat) "
      "VALUES ($2, $3, $4, $5, {}) ON CONFLICT (id) DO UPDATE SET address = excluded.address, "
      "version = excluded.version, hlc = excluded.hlc, heartbeat = excluded.heartbeat",
      kNow);
  return kSql;
}

std::string live(std::string_view select) {
  return fmt::format("{} g.heartbeat > {} - {}", select, kNow,
                     milliseconds(kGatewayLiveFor).count());
}

const std::string& live_sql() {
  static const std::string kSql = live("SELECT g.id FROM gateways AS g WHERE") + " ORDER BY g.id";
  return kSql;
}

const std::string& low_water_sql() {
  static const std::string kSql = live(
      "SELECT min(coalesce(i.low_water, g.hlc)) FROM gateways AS g LEFT JOIN inflight AS i "
      "ON i.gateway = g.id AND i.namespace = $2 WHERE");
  return kSql;
}

const std::string& publish_sql() {
  // greatest() passes over nulls.
  static const std::string kSql = fmt::format(
      "INSERT INTO watermarks AS w (namespace, state, watermark, polled_at) "
      "VALUES ($2, $3, $4, {}) ON CONFLICT (namespace) DO UPDATE SET state = excluded.state, "
      "watermark = greatest(w.watermark, excluded.watermark), polled_at = excluded.polled_at",
      kNow);
  return kSql;
}

const std::string& announce_sql() {
  static const std::string kSql =
      fmt::format("INSERT INTO changes (kind, key, changed_at) VALUES ($2, $3, {})", kNow);
  return kSql;
}

const std::string& forget_changes_sql() {
  static const std::string kSql = fmt::format("DELETE FROM changes WHERE changed_at <= {} - {}",
                                              kNow, milliseconds(kChangesKeptFor).count());
  return kSql;
}

Value or_null(const std::optional<std::int64_t>& number) {
  return number ? Value(*number) : Value(nullptr);
}

}  // namespace

Value PostgresCoordination::now() const {
  return clock_ == nullptr ? Value(nullptr) : Value(clock_->wall_ms());
}

async::Task<Result<Answer>> PostgresCoordination::ask(std::vector<Statement> statements) {
  co_return co_await database_.run(
      postgres::PoolKind::kControl,
      [statements =
           std::move(statements)](postgres::Connection& connection) -> async::Task<Result<Answer>> {
        LAYER_CO_ASSIGN(auto answers, co_await connection.run(statements));
        co_return std::move(answers.back());
      });
}

async::Task<Result<Answer>> PostgresCoordination::ask(Statement statement) {
  std::vector<Statement> one;
  one.push_back(std::move(statement));
  return ask(std::move(one));
}

async::Task<Result<void>> PostgresCoordination::tell(std::vector<Statement> statements) {
  LAYER_CO_TRY(co_await ask(std::move(statements)));
  co_return Result<void>{};
}

async::Task<Result<std::optional<std::uint64_t>>> PostgresCoordination::lead(
    std::string name, std::string holder, milliseconds lease_for) {
  LAYER_CO_ASSIGN(const Answer answer,
                  co_await ask(Statement{.sql = lead_sql(),
                                         .values = {now(), name, holder, lease_for.count()}}));
  if (answer.rows() == 0) {
    co_return std::nullopt;
  }
  co_return static_cast<std::uint64_t>(answer.row(0).integer(0));
}

async::Task<Result<void>> PostgresCoordination::resign(std::string name, std::string holder) {
  return tell({{.sql = "UPDATE leaders SET holder = '', lease_until = 0 "
                       "WHERE name = $1 AND holder = $2",
                .values = {name, holder}}});
}

async::Task<Result<void>> PostgresCoordination::beat(Heartbeat heartbeat) {
  LAYER_CO_TRY(check_marks(heartbeat.marks.size()));
  std::vector<std::string> namespaces;
  std::vector<std::string> stamps;
  for (LowWaterMark& mark : heartbeat.marks) {
    namespaces.push_back(std::move(mark.ns));
    stamps.push_back(std::to_string(mark.stamp));
  }
  std::vector<Statement> all;
  all.push_back(
      {.sql = beat_sql(),
       .values = {now(), heartbeat.gateway, heartbeat.address, heartbeat.version, heartbeat.hlc}});
  all.push_back({.sql = "DELETE FROM inflight WHERE gateway = $1", .values = {heartbeat.gateway}});
  all.push_back({.sql = "INSERT INTO inflight (gateway, namespace, low_water) "
                        "SELECT $1, * FROM unnest($2::text[], $3::bigint[])",
                 .values = {heartbeat.gateway, Value::array(namespaces), Value::array(stamps)}});
  co_return co_await tell(std::move(all));
}

async::Task<Result<void>> PostgresCoordination::leave(std::string gateway) {
  return tell({{.sql = "DELETE FROM inflight WHERE gateway = $1", .values = {gateway}},
               {.sql = "DELETE FROM gateways WHERE id = $1", .values = {gateway}}});
}

async::Task<Result<std::vector<std::string>>> PostgresCoordination::live_gateways() {
  LAYER_CO_ASSIGN(const Answer answer,
                  co_await ask(Statement{.sql = live_sql(), .values = {now()}}));
  std::vector<std::string> ids;
  for (int i = 0; i < answer.rows(); ++i) {
    ids.push_back(answer.row(i).text(0));
  }
  co_return ids;
}

async::Task<Result<std::optional<std::int64_t>>> PostgresCoordination::low_water(std::string ns) {
  LAYER_CO_ASSIGN(const Answer answer,
                  co_await ask(Statement{.sql = low_water_sql(), .values = {now(), ns}}));
  if (answer.row(0).is_null(0)) {
    co_return std::nullopt;
  }
  co_return answer.row(0).integer(0);
}

async::Task<Result<void>> PostgresCoordination::publish(SharedWatermark watermark) {
  return tell({{.sql = publish_sql(),
                .values = {now(), watermark.ns, watermark.state, or_null(watermark.watermark)}}});
}

async::Task<Result<std::vector<SharedWatermark>>> PostgresCoordination::watermarks(
    std::vector<std::string> namespaces) {
  LAYER_CO_TRY(check_marks(namespaces.size()));
  LAYER_CO_ASSIGN(
      const Answer answer,
      co_await ask(Statement{.sql = "SELECT namespace, state, watermark, polled_at FROM watermarks "
                                    "WHERE namespace = ANY($1::text[])",
                             .values = {Value::array(namespaces)}}));
  std::vector<SharedWatermark> known;
  for (int i = 0; i < answer.rows(); ++i) {
    const Answer::Row row = answer.row(i);
    known.push_back({.ns = row.text(0),
                     .state = row.text(1),
                     .watermark = row.is_null(2) ? std::nullopt : std::optional(row.integer(2)),
                     .polled_at_ms = row.integer(3)});
  }
  co_return known;
}

async::Task<Result<void>> PostgresCoordination::forget_watermark(std::string ns) {
  return tell({{.sql = "DELETE FROM watermarks WHERE namespace = $1", .values = {ns}}});
}

async::Task<Result<void>> PostgresCoordination::announce(std::string kind, std::string key) {
  return tell({{.sql = "SELECT pg_advisory_xact_lock($1::bigint)", .values = {kChangesLock}},
               {.sql = announce_sql(), .values = {now(), kind, key}},
               {.sql = "SELECT pg_notify($1, '')",
                .values = {postgres::changes_channel(database_.options().connection.schema)}}});
}

async::Task<Result<std::vector<Change>>> PostgresCoordination::changes(std::int64_t sequence) {
  LAYER_CO_ASSIGN(const Answer answer,
                  co_await ask(Statement{.sql = "SELECT sequence, kind, key FROM changes "
                                                "WHERE sequence > $1 ORDER BY sequence LIMIT $2",
                                         .values = {sequence, kChangesMax}}));
  std::vector<Change> later;
  for (int i = 0; i < answer.rows(); ++i) {
    const Answer::Row row = answer.row(i);
    later.push_back({.sequence = row.integer(0), .kind = row.text(1), .key = row.text(2)});
  }
  co_return later;
}

async::Task<Result<std::int64_t>> PostgresCoordination::last_change() {
  LAYER_CO_ASSIGN(const Answer answer,
                  co_await ask(Statement{.sql = "SELECT coalesce(max(sequence), 0) FROM changes"}));
  co_return answer.row(0).integer(0);
}

async::Task<Result<void>> PostgresCoordination::forget_changes() {
  return tell({{.sql = forget_changes_sql(), .values = {now()}}});
}

}  // namespace layer::queue
