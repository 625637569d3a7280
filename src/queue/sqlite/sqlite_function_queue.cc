#include "queue/sqlite/sqlite_function_queue.h"

#include <utility>

#include "queue/sqlite/function_items.h"
#include "queue/sqlite/rates.h"

namespace layer::queue {
namespace {

using std::chrono::milliseconds;

std::int64_t integer(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}

Result<bool> has_room(Database& database) {
  LAYER_ASSIGN(auto rows, database.query("SELECT count(*) FROM functions"));
  LAYER_TRY(rows.next());
  return rows.integer(0) < integer(kFunctionsMax);
}

Result<Function> put_function(Database& database, const FunctionDefinition& definition,
                              std::int64_t now) {
  const std::int64_t paused = definition.paused ? (*definition.paused ? 1 : 0) : -1;
  LAYER_TRY(database.run(
      "INSERT INTO functions (id, spec, attempts_max, backoff_first, backoff_max, paused, "
      "created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, max(?6, 0), ?7, ?7) "
      "ON CONFLICT DO UPDATE SET spec = ?2, attempts_max = ?3, backoff_first = ?4, "
      "backoff_max = ?5, paused = CASE WHEN ?6 < 0 THEN paused ELSE ?6 END, updated_at = ?7",
      {definition.id, definition.spec, integer(definition.retry.attempts_max),
       definition.retry.initial.count(), definition.retry.longest.count(), paused, now}));
  LAYER_ASSIGN(auto function, sqlite::find_function(database, definition.id));
  return std::move(*function);
}

Result<bool> exists(Database& database, std::string_view id) {
  LAYER_ASSIGN(auto rows, database.query("SELECT 1 FROM functions WHERE id = ?1", {id}));
  return rows.next();
}

Result<std::vector<std::string>> function_ids(Database& database) {
  LAYER_ASSIGN(auto rows, database.query("SELECT id FROM functions ORDER BY id"));
  std::vector<std::string> ids;
  while (true) {
    LAYER_ASSIGN(const bool more, rows.next());
    if (!more) {
      return ids;
    }
    ids.emplace_back(rows.text(0));
  }
}

Result<std::vector<Sweep>> read_sweeps(Database& database, std::string_view function) {
  LAYER_ASSIGN(auto rows,
               database.query("SELECT namespace, cursor, completed, failures, started_at, "
                              "completed_at, error FROM function_sweeps WHERE function = ?1 "
                              "ORDER BY namespace",
                              {function}));
  const auto time = [&rows](int column) {
    return rows.is_null(column) ? std::nullopt : std::optional(rows.integer(column));
  };
  std::vector<Sweep> sweeps;
  while (true) {
    LAYER_ASSIGN(const bool more, rows.next());
    if (!more) {
      return sweeps;
    }
    sweeps.push_back({.ns = std::string(rows.text(0)),
                      .cursor = std::string(rows.text(1)),
                      .completed = static_cast<std::uint64_t>(rows.integer(2)),
                      .failures = static_cast<std::uint32_t>(rows.integer(3)),
                      .started_at_ms = time(4),
                      .completed_at_ms = time(5),
                      .error = std::string(rows.text(6))});
  }
}

SqlValue maybe(const std::optional<std::int64_t>& value) {
  return value ? SqlValue(*value) : SqlValue(nullptr);
}

}  // namespace

async::Task<Result<std::optional<Function>>> SqliteFunctionQueue::create(
    FunctionDefinition definition) {
  LAYER_CO_TRY(check_definition(definition));
  co_return co_await writer_.run([definition = std::move(definition), now = clock_.wall_ms()](
                                     Database& database) -> Result<std::optional<Function>> {
    LAYER_ASSIGN(const bool taken, exists(database, definition.id));
    if (taken) {
      return std::nullopt;
    }
    LAYER_ASSIGN(const bool room, has_room(database));
    if (!room) {
      return std::unexpected(too_many_functions());
    }
    return put_function(database, definition, now);
  });
}

async::Task<Result<Function>> SqliteFunctionQueue::put(FunctionDefinition definition) {
  LAYER_CO_TRY(check_definition(definition));
  co_return co_await writer_.run([definition = std::move(definition),
                                  now = clock_.wall_ms()](Database& database) -> Result<Function> {
    LAYER_ASSIGN(const bool known, exists(database, definition.id));
    LAYER_ASSIGN(const bool room, has_room(database));
    if (!known && !room) {
      return std::unexpected(too_many_functions());
    }
    return put_function(database, definition, now);
  });
}

async::Task<Result<std::optional<Function>>> SqliteFunctionQueue::find(std::string id) {
  co_return co_await writer_.run(
      [id = std::move(id)](Database& database) { return sqlite::find_function(database, id); });
}

async::Task<Result<std::vector<Function>>> SqliteFunctionQueue::functions() {
  co_return co_await writer_.run([](Database& database) -> Result<std::vector<Function>> {
    LAYER_ASSIGN(const auto ids, function_ids(database));
    std::vector<Function> all;
    for (const std::string& id : ids) {
      LAYER_ASSIGN(auto function, sqlite::find_function(database, id));
      all.push_back(std::move(*function));
    }
    return all;
  });
}

async::Task<Result<bool>> SqliteFunctionQueue::remove(std::string id) {
  co_return co_await writer_.run([id = std::move(id)](Database& database) -> Result<bool> {
    LAYER_TRY(database.run("DELETE FROM function_items WHERE function = ?1", {id}));
    LAYER_TRY(database.run("DELETE FROM function_sweeps WHERE function = ?1", {id}));
    LAYER_TRY(database.run("DELETE FROM function_counters WHERE function = ?1", {id}));
    LAYER_ASSIGN(const std::int64_t changed,
                 database.run("DELETE FROM functions WHERE id = ?1", {id}));
    return changed > 0;
  });
}

async::Task<Result<std::optional<Function>>> SqliteFunctionQueue::pause(std::string id,
                                                                        bool paused) {
  co_return co_await writer_.run([id = std::move(id), paused, now = clock_.wall_ms()](
                                     Database& database) -> Result<std::optional<Function>> {
    LAYER_TRY(database.run("UPDATE functions SET paused = ?2, updated_at = ?3 WHERE id = ?1",
                           {id, static_cast<std::int64_t>(paused), now}));
    return sqlite::find_function(database, id);
  });
}

async::Task<Result<Added>> SqliteFunctionQueue::add(std::string function, std::vector<ItemKey> keys,
                                                    AddMode mode) {
  LAYER_CO_TRY(check_batch(keys.size()));
  co_return co_await writer_.run([function = std::move(function), keys = std::move(keys), mode,
                                  now = clock_.wall_ms()](Database& database) -> Result<Added> {
    LAYER_ASSIGN(const bool known, exists(database, function));
    if (!known) {
      return std::unexpected(no_such_function(function));
    }
    return sqlite::add_items(database, function, keys, mode, now);
  });
}

async::Task<Result<ClaimedItems>> SqliteFunctionQueue::claim(ClaimItems claim) {
  LAYER_CO_TRY(check_batch(claim.limit));
  LAYER_CO_TRY(check_worker(claim.worker));
  co_return co_await writer_.run(
      [claim = std::move(claim), now = clock_.wall_ms()](Database& database) {
        return sqlite::claim_items(database, claim, now);
      });
}

async::Task<Result<Outcomes>> SqliteFunctionQueue::extend(std::string function, std::string worker,
                                                          std::vector<ItemLease> items,
                                                          milliseconds lease_for) {
  LAYER_CO_TRY(check_batch(items.size()));
  co_return co_await writer_.run([function = std::move(function), worker = std::move(worker),
                                  items = std::move(items), lease_for,
                                  now = clock_.wall_ms()](Database& database) {
    return sqlite::extend_items(database, function, worker, items, lease_for.count(), now);
  });
}

async::Task<Result<Outcomes>> SqliteFunctionQueue::annotate(std::string function,
                                                            std::string worker,
                                                            std::vector<ItemNote> items) {
  LAYER_CO_TRY(check_notes(items));
  co_return co_await writer_.run([function = std::move(function), worker = std::move(worker),
                                  items = std::move(items),
                                  now = clock_.wall_ms()](Database& database) {
    return sqlite::annotate_items(database, function, worker, items, now);
  });
}

async::Task<Result<std::vector<HeldItem>>> SqliteFunctionQueue::held(std::string function,
                                                                     std::string worker,
                                                                     std::vector<ItemLease> items) {
  LAYER_CO_TRY(check_batch(items.size()));
  co_return co_await writer_.run([function = std::move(function), worker = std::move(worker),
                                  items = std::move(items),
                                  now = clock_.wall_ms()](Database& database) {
    return sqlite::held_items(database, function, worker, items, now);
  });
}

async::Task<Result<Outcomes>> SqliteFunctionQueue::finish(std::string function, std::string worker,
                                                          std::vector<ItemLease> items,
                                                          bool counted) {
  LAYER_CO_TRY(check_batch(items.size()));
  co_return co_await writer_.run([function = std::move(function), worker = std::move(worker),
                                  items = std::move(items), counted,
                                  now = clock_.wall_ms()](Database& database) {
    return sqlite::complete_items(database, function, worker, items, counted, now);
  });
}

async::Task<Result<Outcomes>> SqliteFunctionQueue::complete(std::string function,
                                                            std::string worker,
                                                            std::vector<ItemLease> items) {
  return finish(std::move(function), std::move(worker), std::move(items), true);
}

async::Task<Result<Outcomes>> SqliteFunctionQueue::dismiss(std::string function, std::string worker,
                                                           std::vector<ItemLease> items) {
  return finish(std::move(function), std::move(worker), std::move(items), false);
}

async::Task<Result<Outcomes>> SqliteFunctionQueue::end(std::string function, std::string worker,
                                                       std::vector<Ending> all) {
  LAYER_CO_TRY(check_batch(all.size()));
  co_return co_await writer_.run([function = std::move(function), worker = std::move(worker),
                                  all = std::move(all),
                                  now = clock_.wall_ms()](Database& database) {
    return sqlite::end_items(database, function, worker, all, now);
  });
}

async::Task<Result<Outcomes>> SqliteFunctionQueue::fail(std::string function, std::string worker,
                                                        std::vector<ItemFailure> items) {
  return end(std::move(function), std::move(worker), endings(std::move(items)));
}

async::Task<Result<Outcomes>> SqliteFunctionQueue::release(std::string function, std::string worker,
                                                           std::vector<ItemLease> items) {
  return end(std::move(function), std::move(worker), endings(std::move(items)));
}

async::Task<Result<std::size_t>> SqliteFunctionQueue::drop(std::string function,
                                                           std::vector<ItemKey> keys) {
  LAYER_CO_TRY(check_batch(keys.size()));
  co_return co_await writer_.run(
      [function = std::move(function), keys = std::move(keys)](Database& database) {
        return sqlite::drop_items(database, function, keys);
      });
}

async::Task<Result<std::size_t>> SqliteFunctionQueue::drop_namespace(std::string ns) {
  co_return co_await writer_.run([ns = std::move(ns)](Database& database) -> Result<std::size_t> {
    LAYER_ASSIGN(const auto ids, function_ids(database));
    std::size_t dropped = 0;
    for (const std::string& id : ids) {
      LAYER_ASSIGN(const std::int64_t changed,
                   database.run("DELETE FROM function_items WHERE function = ?1 AND namespace = ?2",
                                {id, ns}));
      LAYER_TRY(database.run("DELETE FROM function_sweeps WHERE function = ?1 AND namespace = ?2",
                             {id, ns}));
      dropped += static_cast<std::size_t>(changed);
    }
    return dropped;
  });
}

async::Task<Result<std::size_t>> SqliteFunctionQueue::reset_failed(std::string function) {
  co_return co_await writer_.run([function = std::move(function), now = clock_.wall_ms()](
                                     Database& database) -> Result<std::size_t> {
    LAYER_ASSIGN(const std::int64_t changed,
                 database.run("UPDATE function_items SET state = 0, attempts = 0, due_at = ?2 "
                              "WHERE function = ?1 AND state = 2",
                              {function, now}));
    return static_cast<std::size_t>(changed);
  });
}

async::Task<Result<Reaped>> SqliteFunctionQueue::reap(std::size_t limit) {
  co_return co_await writer_.run(
      [limit, now = clock_.wall_ms()](Database& database) -> Result<Reaped> {
        LAYER_TRY(sqlite::forget_rates(database, sqlite::RatesOf::kFunctions, now));
        return sqlite::reap_items(database, limit, now);
      });
}

async::Task<Result<std::vector<Item>>> SqliteFunctionQueue::items(std::string function,
                                                                  ItemFilter filter,
                                                                  std::optional<ItemKey> after,
                                                                  std::size_t limit) {
  co_return co_await writer_.run([function = std::move(function), filter = std::move(filter),
                                  after = std::move(after), limit](Database& database) {
    return sqlite::list_items(database, function, filter, after, limit);
  });
}

async::Task<Result<FunctionCounts>> SqliteFunctionQueue::counts(std::string function) {
  co_return co_await writer_.run(
      [function = std::move(function), now = clock_.wall_ms()](Database& database) {
        return sqlite::count_items(database, function, now);
      });
}

async::Task<Result<std::vector<RateBucket>>> SqliteFunctionQueue::rates(std::string function) {
  co_return co_await writer_.run(
      [function = std::move(function), now = clock_.wall_ms()](Database& database) {
        return sqlite::read_rates(database, sqlite::RatesOf::kFunctions, function, now);
      });
}

async::Task<Result<std::vector<Sweep>>> SqliteFunctionQueue::sweeps(std::string function) {
  co_return co_await writer_.run([function = std::move(function)](Database& database) {
    return read_sweeps(database, function);
  });
}

async::Task<Result<void>> SqliteFunctionQueue::save_sweep(std::string function, Sweep sweep) {
  co_return co_await writer_.run([function = std::move(function),
                                  sweep = std::move(sweep)](Database& database) -> Result<void> {
    LAYER_ASSIGN(const bool known, exists(database, function));
    if (!known) {
      return std::unexpected(no_such_function(function));
    }
    LAYER_TRY(database.run(
        "INSERT OR REPLACE INTO function_sweeps (function, namespace, cursor, completed, failures, "
        "started_at, completed_at, error) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        {function, sweep.ns, sweep.cursor, integer(sweep.completed), integer(sweep.failures),
         maybe(sweep.started_at_ms), maybe(sweep.completed_at_ms), shortened(sweep.error)}));
    return {};
  });
}

}  // namespace layer::queue
