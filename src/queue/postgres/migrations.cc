#include "queue/postgres/migrations.h"

#include <array>
#include <charconv>
#include <vector>

#include <fmt/format.h>

#include "core/random.h"

namespace layer::queue::postgres {
namespace {

// "layer" and "queue" in ASCII, so that nobody else takes the same lock.
constexpr std::int64_t kLock = 0x6c61796572717565;

using Step = std::vector<const char*>;

// Step i brings version i to i + 1. A step that was released is never changed.
const std::array<Step, 4> kSteps{
    Step{// Ids compare as bytes, whatever the locale of the server; a cursor may be any bytes.
         R"(CREATE TABLE jobs (
         id TEXT COLLATE "C" PRIMARY KEY,
         kind TEXT NOT NULL,
         namespace TEXT NOT NULL,
         store TEXT NOT NULL,
         owner TEXT NOT NULL,
         params TEXT NOT NULL,
         unique_key TEXT NOT NULL,
         status TEXT NOT NULL,
         cursor BYTEA NOT NULL DEFAULT '',
         progress DOUBLE PRECISION NOT NULL DEFAULT 0,
         scanned BIGINT NOT NULL DEFAULT 0,
         total BIGINT NOT NULL DEFAULT 0,
         done BIGINT NOT NULL DEFAULT 0,
         failed BIGINT NOT NULL DEFAULT 0,
         bytes BIGINT NOT NULL DEFAULT 0,
         result TEXT NOT NULL DEFAULT '',
         lease_gateway TEXT NOT NULL DEFAULT '',
         lease_epoch BIGINT NOT NULL DEFAULT 0,
         lease_until BIGINT NOT NULL DEFAULT 0,
         attempts BIGINT NOT NULL DEFAULT 0,
         created_at BIGINT NOT NULL,
         updated_at BIGINT NOT NULL,
         completed_at BIGINT,
         expires_at BIGINT,
         error_code TEXT NOT NULL DEFAULT '',
         error TEXT NOT NULL DEFAULT ''))",
         "CREATE INDEX jobs_by_time ON jobs (created_at DESC, id DESC)",
         "CREATE INDEX jobs_by_namespace ON jobs (namespace, created_at DESC, id DESC)",
         "CREATE INDEX jobs_open ON jobs (created_at, id) WHERE status IN ('queued', 'running')",
         "CREATE INDEX jobs_expiring ON jobs (expires_at) WHERE expires_at IS NOT NULL",
         "CREATE UNIQUE INDEX jobs_unique ON jobs (kind, unique_key) "
         "WHERE unique_key <> '' AND status IN ('queued', 'running')"},
    Step{
        "CREATE TABLE leaders (name TEXT PRIMARY KEY, holder TEXT NOT NULL, epoch BIGINT NOT NULL, "
        "lease_until BIGINT NOT NULL)",
        "CREATE TABLE gateways (id TEXT COLLATE \"C\" PRIMARY KEY, address TEXT NOT NULL, "
        "version TEXT NOT NULL, hlc BIGINT NOT NULL, heartbeat BIGINT NOT NULL)",
        "CREATE TABLE inflight (gateway TEXT NOT NULL, namespace TEXT NOT NULL, "
        "low_water BIGINT NOT NULL, PRIMARY KEY (namespace, gateway))",
        "CREATE INDEX inflight_by_gateway ON inflight (gateway)",
        "CREATE TABLE watermarks (namespace TEXT PRIMARY KEY, state TEXT NOT NULL, "
        "watermark BIGINT, polled_at BIGINT NOT NULL)",
        "CREATE TABLE changes (sequence BIGSERIAL PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT "
        "NULL, "
        "changed_at BIGINT NOT NULL)",
        "CREATE INDEX changes_by_time ON changes (changed_at)"},
    Step{
        // Every submission counts those that wait. Jobs change often: what they leave behind in the
        // indexes of open ones is cleaned after so many changes, not after a share of all jobs.
        "CREATE INDEX jobs_queued ON jobs (created_at) WHERE status = 'queued'",
        "ALTER TABLE jobs SET (autovacuum_vacuum_scale_factor = 0, "
        "autovacuum_vacuum_threshold = 2000, autovacuum_analyze_scale_factor = 0, "
        "autovacuum_analyze_threshold = 2000)"},
    Step{
        // Work queues. States of items: 0 pending, 1 leased, 2 failed. Counters have a row for each
        // of a few slots, so that those who finish work at the same time do not wait for one row.
        "CREATE SEQUENCE lease_epochs",
        R"(CREATE TABLE functions (
         id TEXT COLLATE "C" PRIMARY KEY,
         spec TEXT NOT NULL,
         attempts_max BIGINT NOT NULL,
         backoff_first BIGINT NOT NULL,
         backoff_max BIGINT NOT NULL,
         paused BOOLEAN NOT NULL,
         throttled_until BIGINT NOT NULL DEFAULT 0,
         created_at BIGINT NOT NULL,
         updated_at BIGINT NOT NULL))",
        R"(CREATE TABLE function_items (
         function TEXT COLLATE "C" NOT NULL,
         namespace TEXT COLLATE "C" NOT NULL,
         id_kind SMALLINT NOT NULL,
         id TEXT COLLATE "C" NOT NULL,
         state SMALLINT NOT NULL,
         renewed BOOLEAN NOT NULL DEFAULT false,
         attempts INTEGER NOT NULL DEFAULT 0,
         due_at BIGINT NOT NULL,
         epoch BIGINT NOT NULL DEFAULT 0,
         created_at BIGINT NOT NULL,
         worker TEXT NOT NULL DEFAULT '',
         note TEXT NOT NULL DEFAULT '',
         error TEXT NOT NULL DEFAULT '',
         PRIMARY KEY (function, namespace, id_kind, id)))",
        "CREATE INDEX function_items_due ON function_items (function, state, due_at)",
        R"(CREATE TABLE function_sweeps (
         function TEXT COLLATE "C" NOT NULL,
         namespace TEXT COLLATE "C" NOT NULL,
         cursor TEXT NOT NULL,
         completed BIGINT NOT NULL,
         failures BIGINT NOT NULL,
         started_at BIGINT,
         completed_at BIGINT,
         error TEXT NOT NULL,
         PRIMARY KEY (function, namespace)))",
        R"(CREATE TABLE function_counters (
         function TEXT COLLATE "C" NOT NULL,
         minute BIGINT NOT NULL,
         slot SMALLINT NOT NULL,
         completed BIGINT NOT NULL,
         failed BIGINT NOT NULL,
         PRIMARY KEY (function, minute, slot)))",
        R"(CREATE TABLE pipelines (
         id TEXT COLLATE "C" PRIMARY KEY,
         target_namespace TEXT NOT NULL,
         distance_metric TEXT NOT NULL,
         paused BOOLEAN NOT NULL,
         created_at BIGINT NOT NULL))",
        R"(CREATE TABLE pipeline_documents (
         pipeline TEXT COLLATE "C" NOT NULL,
         id TEXT COLLATE "C" NOT NULL,
         stage TEXT COLLATE "C" NOT NULL,
         revision BIGINT NOT NULL,
         chunks BIGINT NOT NULL,
         attempts INTEGER NOT NULL DEFAULT 0,
         unreadable INTEGER NOT NULL DEFAULT 0,
         reason TEXT COLLATE "C" NOT NULL DEFAULT '',
         worker TEXT NOT NULL DEFAULT '',
         epoch BIGINT NOT NULL DEFAULT 0,
         leased_until BIGINT NOT NULL DEFAULT 0,
         claimed_from TEXT NOT NULL DEFAULT '',
         held_until BIGINT NOT NULL DEFAULT 0,
         updated_at BIGINT NOT NULL,
         PRIMARY KEY (pipeline, id)))",
        "CREATE INDEX pipeline_documents_waiting ON pipeline_documents "
        "(pipeline, stage, updated_at) WHERE leased_until = 0",
        "CREATE INDEX pipeline_documents_leased ON pipeline_documents (leased_until) "
        "WHERE leased_until > 0",
        R"(CREATE TABLE pipeline_counters (
         pipeline TEXT COLLATE "C" NOT NULL,
         minute BIGINT NOT NULL,
         slot SMALLINT NOT NULL,
         completed BIGINT NOT NULL,
         failed BIGINT NOT NULL,
         PRIMARY KEY (pipeline, minute, slot)))",
        // What a scaler asks: rules UF14 and PL8 of the contract.
        R"(CREATE VIEW function_queue_depth AS
         SELECT f.id AS function, (SELECT count(*) FROM function_items AS i
           WHERE i.function = f.id AND (i.state = 1 OR (i.state = 0
             AND i.due_at <= extract(epoch FROM now()) * 1000 + 60000))) AS depth
         FROM functions AS f)",
        R"(CREATE VIEW pipeline_queue_depth AS
         SELECT p.id AS pipeline, (SELECT count(*) FROM pipeline_documents AS d
           WHERE d.pipeline = p.id AND (d.stage = 'pending' OR d.leased_until > 0)) AS depth
         FROM pipelines AS p)",
        "ALTER TABLE function_items SET (autovacuum_vacuum_scale_factor = 0.02, "
        "autovacuum_vacuum_threshold = 5000, autovacuum_analyze_scale_factor = 0.05, "
        "autovacuum_analyze_threshold = 5000)",
        "ALTER TABLE pipeline_documents SET (autovacuum_vacuum_scale_factor = 0.02, "
        "autovacuum_vacuum_threshold = 5000)"}};

Statement once(std::string_view sql, std::vector<Value> values = {}) {
  return {.sql = sql, .values = std::move(values), .prepare = false};
}

std::size_t number(const std::string& text) {
  std::size_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// The schema may have been made by somebody with more rights.
async::Task<Result<void>> make_schema(Connection& connection, const std::string& schema) {
  LAYER_CO_ASSIGN(const Answer found, co_await connection.run(once(
                                          "SELECT to_regnamespace(quote_ident($1)) IS NOT NULL, "
                                          "to_regclass(quote_ident($1) || '.meta') IS NOT NULL",
                                          {schema})));
  if (found.row(0).text(0) != "t") {
    LAYER_CO_TRY(co_await connection.run(once(fmt::format("CREATE SCHEMA \"{}\"", schema))));
  }
  if (found.row(0).text(1) != "t") {
    LAYER_CO_TRY(co_await connection.run(
        once("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)")));
    LAYER_CO_TRY(co_await connection.run(
        once("INSERT INTO meta (key, value) VALUES ('instance', $1), ('schema_version', '0')",
             {core::random_uuid()})));
  }
  co_return Result<void>{};
}

async::Task<Result<std::string>> meta(Connection& connection, std::string_view key) {
  LAYER_CO_ASSIGN(const Answer found,
                  co_await connection.run(once("SELECT value FROM meta WHERE key = $1", {key})));
  co_return found.rows() == 0 ? std::string() : found.row(0).text(0);
}

async::Task<Result<std::string>> take_steps(Connection& connection) {
  LAYER_CO_ASSIGN(const std::string text, co_await meta(connection, "schema_version"));
  const std::size_t version = number(text);
  if (version > kSteps.size()) {
    co_return fail(ErrorCode::kInvalidArgument,
                   fmt::format("the queue database has version {}, this program knows {}: start "
                               "the version that wrote it, or a newer one",
                               version, kSteps.size()));
  }
  for (std::size_t step = version; step < kSteps.size(); ++step) {
    for (const char* sql : kSteps[step]) {
      LAYER_CO_TRY(co_await connection.run(once(sql)));
    }
  }
  if (version < kSteps.size()) {
    LAYER_CO_TRY(co_await connection.run(
        once("UPDATE meta SET value = $1 WHERE key = 'schema_version'", {kSteps.size()})));
  }
  co_return co_await meta(connection, "instance");
}

async::Task<Result<std::string>> migrate_locked(Connection& connection, const std::string& schema) {
  LAYER_CO_TRY(co_await connection.run(once("SELECT pg_advisory_xact_lock($1::bigint)", {kLock})));
  LAYER_CO_TRY(co_await make_schema(connection, schema));
  co_return co_await take_steps(connection);
}

}  // namespace

async::Task<Result<std::string>> migrate(Connection& connection, std::string schema) {
  LAYER_CO_TRY(co_await connection.run(once("BEGIN")));
  auto instance = co_await migrate_locked(connection, schema);
  auto ended = co_await connection.run(once(instance ? "COMMIT" : "ROLLBACK"));
  if (instance) {
    LAYER_CO_TRY(std::move(ended));
  }
  co_return instance;
}

}  // namespace layer::queue::postgres
