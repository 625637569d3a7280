#include "queue/sqlite/migrations.h"

#include <array>

#include <fmt/format.h>

#include "core/random.h"

namespace layer::queue {
namespace {

// Step i brings version i to i + 1. A step that was released is never changed.
constexpr std::array<const char*, 3> kSteps{
    R"(CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
       CREATE TABLE jobs (
         id TEXT PRIMARY KEY,
         kind TEXT NOT NULL,
         namespace TEXT NOT NULL,
         store TEXT NOT NULL,
         owner TEXT NOT NULL,
         params TEXT NOT NULL,
         unique_key TEXT NOT NULL,
         status TEXT NOT NULL,
         cursor TEXT NOT NULL DEFAULT '',
         progress REAL NOT NULL DEFAULT 0,
         scanned INTEGER NOT NULL DEFAULT 0,
         total INTEGER NOT NULL DEFAULT 0,
         done INTEGER NOT NULL DEFAULT 0,
         failed INTEGER NOT NULL DEFAULT 0,
         bytes INTEGER NOT NULL DEFAULT 0,
         result TEXT NOT NULL DEFAULT '',
         lease_gateway TEXT NOT NULL DEFAULT '',
         lease_epoch INTEGER NOT NULL DEFAULT 0,
         lease_until INTEGER NOT NULL DEFAULT 0,
         attempts INTEGER NOT NULL DEFAULT 0,
         created_at INTEGER NOT NULL,
         updated_at INTEGER NOT NULL,
         completed_at INTEGER,
         expires_at INTEGER,
         error_code TEXT NOT NULL DEFAULT '',
         error TEXT NOT NULL DEFAULT '') WITHOUT ROWID;
       CREATE INDEX jobs_by_time ON jobs (created_at DESC, id DESC);
       CREATE INDEX jobs_by_namespace ON jobs (namespace, created_at DESC, id DESC);
       CREATE INDEX jobs_open ON jobs (created_at, id) WHERE status IN ('queued', 'running');
       CREATE INDEX jobs_expiring ON jobs (expires_at) WHERE expires_at IS NOT NULL;
       CREATE UNIQUE INDEX jobs_unique ON jobs (kind, unique_key)
         WHERE unique_key <> '' AND status IN ('queued', 'running');)",
    // Every submission counts those that wait.
    "CREATE INDEX jobs_queued ON jobs (created_at) WHERE status = 'queued';",
    // Work queues. States of items: 0 pending, 1 leased, 2 failed.
    R"(INSERT INTO meta (key, value) VALUES ('lease_epoch', '0');
       CREATE TABLE functions (
         id TEXT PRIMARY KEY,
         spec TEXT NOT NULL,
         attempts_max INTEGER NOT NULL,
         backoff_first INTEGER NOT NULL,
         backoff_max INTEGER NOT NULL,
         paused INTEGER NOT NULL,
         throttled_until INTEGER NOT NULL DEFAULT 0,
         created_at INTEGER NOT NULL,
         updated_at INTEGER NOT NULL) WITHOUT ROWID;
       CREATE TABLE function_items (
         function TEXT NOT NULL,
         namespace TEXT NOT NULL,
         id_kind INTEGER NOT NULL,
         id TEXT NOT NULL,
         state INTEGER NOT NULL,
         due_at INTEGER NOT NULL,
         attempts INTEGER NOT NULL DEFAULT 0,
         epoch INTEGER NOT NULL DEFAULT 0,
         renewed INTEGER NOT NULL DEFAULT 0,
         worker TEXT NOT NULL DEFAULT '',
         note TEXT NOT NULL DEFAULT '',
         error TEXT NOT NULL DEFAULT '',
         created_at INTEGER NOT NULL,
         PRIMARY KEY (function, namespace, id_kind, id)) WITHOUT ROWID;
       CREATE INDEX function_items_due ON function_items (function, state, due_at);
       CREATE TABLE function_sweeps (
         function TEXT NOT NULL,
         namespace TEXT NOT NULL,
         cursor TEXT NOT NULL,
         completed INTEGER NOT NULL,
         failures INTEGER NOT NULL,
         started_at INTEGER,
         completed_at INTEGER,
         error TEXT NOT NULL,
         PRIMARY KEY (function, namespace)) WITHOUT ROWID;
       CREATE TABLE function_counters (
         function TEXT NOT NULL,
         minute INTEGER NOT NULL,
         completed INTEGER NOT NULL,
         failed INTEGER NOT NULL,
         PRIMARY KEY (function, minute)) WITHOUT ROWID;
       CREATE TABLE pipelines (
         id TEXT PRIMARY KEY,
         target_namespace TEXT NOT NULL,
         distance_metric TEXT NOT NULL,
         paused INTEGER NOT NULL,
         created_at INTEGER NOT NULL) WITHOUT ROWID;
       CREATE TABLE pipeline_documents (
         pipeline TEXT NOT NULL,
         id TEXT NOT NULL,
         stage TEXT NOT NULL,
         revision INTEGER NOT NULL,
         chunks INTEGER NOT NULL,
         attempts INTEGER NOT NULL DEFAULT 0,
         unreadable INTEGER NOT NULL DEFAULT 0,
         reason TEXT NOT NULL DEFAULT '',
         worker TEXT NOT NULL DEFAULT '',
         epoch INTEGER NOT NULL DEFAULT 0,
         leased_until INTEGER NOT NULL DEFAULT 0,
         claimed_from TEXT NOT NULL DEFAULT '',
         held_until INTEGER NOT NULL DEFAULT 0,
         updated_at INTEGER NOT NULL,
         PRIMARY KEY (pipeline, id)) WITHOUT ROWID;
       CREATE INDEX pipeline_documents_waiting
         ON pipeline_documents (pipeline, stage, updated_at) WHERE leased_until = 0;
       CREATE INDEX pipeline_documents_leased
         ON pipeline_documents (leased_until) WHERE leased_until > 0;
       CREATE TABLE pipeline_counters (
         pipeline TEXT NOT NULL,
         minute INTEGER NOT NULL,
         completed INTEGER NOT NULL,
         failed INTEGER NOT NULL,
         PRIMARY KEY (pipeline, minute)) WITHOUT ROWID;)"};

Result<std::int64_t> version_of(Database& database) {
  LAYER_ASSIGN(auto rows, database.query("PRAGMA user_version"));
  LAYER_TRY(rows.next());
  return rows.integer(0);
}

Result<void> take_steps(Database& database) {
  LAYER_ASSIGN(const std::int64_t version, version_of(database));
  if (version < 0 || version > static_cast<std::int64_t>(kSteps.size())) {
    return fail(ErrorCode::kUnavailable,
                fmt::format("the queue database has version {}, this program knows {}: start the "
                            "version that wrote it, or a newer one",
                            version, kSteps.size()));
  }
  for (auto step = static_cast<std::size_t>(version); step < kSteps.size(); ++step) {
    LAYER_TRY(database.script(kSteps[step]));
  }
  if (static_cast<std::size_t>(version) < kSteps.size()) {
    LAYER_TRY(database.script(fmt::format("PRAGMA user_version = {}", kSteps.size()).c_str()));
    LAYER_TRY(database.run("INSERT OR IGNORE INTO meta (key, value) VALUES ('instance', ?1)",
                           {std::string_view(core::random_uuid())}));
  }
  return {};
}

Result<std::string> instance_of(Database& database) {
  LAYER_ASSIGN(auto rows, database.query("SELECT value FROM meta WHERE key = 'instance'"));
  LAYER_ASSIGN(const bool found, rows.next());
  return found ? std::string(rows.text(0)) : std::string();
}

}  // namespace

Result<std::string> migrate(Database& database) {
  LAYER_TRY(database.script("BEGIN IMMEDIATE"));
  auto taken = take_steps(database);
  auto ended = database.script(taken ? "COMMIT" : "ROLLBACK");
  LAYER_TRY(taken);
  LAYER_TRY(ended);
  return instance_of(database);
}

}  // namespace layer::queue
