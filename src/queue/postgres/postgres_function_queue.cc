#include "queue/postgres/postgres_function_queue.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

#include "queue/postgres/function_statements.h"
#include "queue/postgres/item_calls.h"
#include "queue/postgres/plain_text.h"
#include "queue/postgres/work_channel.h"
#include "queue/stored_text.h"

namespace layer::queue {
namespace {

using postgres::Answer;
using postgres::append_keys;
using postgres::Connection;
using postgres::function_statements;
using postgres::ItemCall;
using postgres::plain_text;
using postgres::PoolKind;
using postgres::Statement;
using postgres::Value;
using std::chrono::milliseconds;

constexpr auto kKeptMs = milliseconds(kRatesKeptFor).count();

Function read_function(const Answer::Row& row) {
  return {.id = row.text(0),
          .spec = row.text(1),
          .retry = {.attempts_max = static_cast<std::uint32_t>(row.integer(2)),
                    .initial = milliseconds(row.integer(3)),
                    .longest = milliseconds(row.integer(4))},
          .paused = row.text(5) == "t",
          .throttled_until_ms = row.integer(6),
          .created_at_ms = row.integer(7),
          .updated_at_ms = row.integer(8)};
}

ItemKey read_key(const Answer::Row& row, int at) {
  return {.ns = row.text(at),
          .id_kind = static_cast<IdKind>(row.integer(at + 1)),
          .id = original_text(row.text(at + 2))};
}

std::vector<Value> definition_values(Value now, FunctionDefinition definition) {
  return {std::move(now),
          std::move(definition.id),
          std::move(definition.spec),
          definition.retry.attempts_max,
          definition.retry.initial.count(),
          definition.retry.longest.count(),
          definition.paused ? Value(*definition.paused ? "true" : "false") : Value(nullptr),
          kFunctionsMax};
}

Value maybe(const std::optional<std::int64_t>& value) {
  return value ? Value(*value) : Value(nullptr);
}

std::optional<std::int64_t> maybe_integer(const Answer::Row& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(row.integer(column));
}

}  // namespace

Value PostgresFunctionQueue::now() const {
  return clock_ == nullptr ? Value(nullptr) : Value(clock_->wall_ms());
}

async::Task<Result<Answer>> PostgresFunctionQueue::ask(PoolKind pool, std::string_view sql,
                                                       std::vector<Value> values) {
  return database_.run(pool, [sql, values = std::move(values)](Connection& connection) {
    return connection.run(Statement{.sql = sql, .values = values});
  });
}

async::Task<Result<std::optional<Function>>> PostgresFunctionQueue::ask_one(
    std::string_view sql, std::vector<Value> values) {
  LAYER_CO_ASSIGN(const Answer answer, co_await ask(PoolKind::kData, sql, std::move(values)));
  co_return answer.rows() == 0 ? std::nullopt : std::optional(read_function(answer.row(0)));
}

async::Task<Result<std::optional<Function>>> PostgresFunctionQueue::create(
    FunctionDefinition definition) {
  LAYER_CO_TRY(check_definition(definition));
  const std::string id = definition.id;
  LAYER_CO_ASSIGN(auto made, co_await ask_one(function_statements().create,
                                              definition_values(now(), std::move(definition))));
  if (made) {
    co_return made;
  }
  LAYER_CO_ASSIGN(const auto there, co_await ask_one(function_statements().find, {now(), id}));
  if (!there) {
    co_return std::unexpected(too_many_functions());
  }
  co_return std::nullopt;
}

async::Task<Result<Function>> PostgresFunctionQueue::put(FunctionDefinition definition) {
  LAYER_CO_TRY(check_definition(definition));
  LAYER_CO_ASSIGN(auto made, co_await ask_one(function_statements().put,
                                              definition_values(now(), std::move(definition))));
  if (!made) {
    co_return std::unexpected(too_many_functions());
  }
  co_return std::move(*made);
}

async::Task<Result<std::optional<Function>>> PostgresFunctionQueue::find(std::string id) {
  return ask_one(function_statements().find, {now(), std::move(id)});
}

async::Task<Result<std::vector<Function>>> PostgresFunctionQueue::functions() {
  LAYER_CO_ASSIGN(const Answer answer,
                  co_await ask(PoolKind::kData, function_statements().all, {now()}));
  std::vector<Function> all;
  for (int i = 0; i < answer.rows(); ++i) {
    all.push_back(read_function(answer.row(i)));
  }
  co_return all;
}

// The function first: whoever adds to it holds its row, so that nothing comes after.
async::Task<Result<bool>> PostgresFunctionQueue::remove(std::string id) {
  const auto& sql = function_statements();
  std::vector<Statement> all;
  for (const std::string* each :
       {&sql.remove, &sql.remove_items, &sql.remove_sweeps, &sql.remove_counters}) {
    all.push_back({.sql = *each, .values = {now(), id}});
  }
  co_return co_await database_.run(
      PoolKind::kData, [all = std::move(all)](Connection& connection) -> async::Task<Result<bool>> {
        LAYER_CO_ASSIGN(const auto answers, co_await connection.run(all));
        co_return answers.at(0).changed() > 0;
      });
}

async::Task<Result<std::optional<Function>>> PostgresFunctionQueue::pause(std::string id,
                                                                          bool paused) {
  return ask_one(function_statements().pause, {now(), std::move(id), paused ? "true" : "false"});
}

async::Task<Result<Added>> PostgresFunctionQueue::add(std::string function,
                                                      std::vector<ItemKey> keys, AddMode mode) {
  LAYER_CO_TRY(check_batch(keys.size()));
  const auto& sql = function_statements();
  std::vector<Value> values{now(), function};
  append_keys(keys, values);
  values.emplace_back(postgres::work_channel(database_.options().connection.schema));
  LAYER_CO_ASSIGN(const Answer answer,
                  co_await ask(PoolKind::kData, mode == AddMode::kKeep ? sql.keep : sql.renew,
                               std::move(values)));
  const Answer::Row row = answer.row(0);
  if (row.integer(0) == 0) {
    co_return std::unexpected(no_such_function(function));
  }
  co_return Added{.added = static_cast<std::size_t>(row.integer(1)),
                  .renewed = static_cast<std::size_t>(row.integer(2))};
}

async::Task<Result<ClaimedItems>> PostgresFunctionQueue::claim(ClaimItems claim) {
  LAYER_CO_TRY(check_batch(claim.limit));
  LAYER_CO_TRY(check_worker(claim.worker));
  LAYER_CO_ASSIGN(const Answer answer,
                  co_await ask(PoolKind::kData, function_statements().claim,
                               {now(), claim.function, plain_text(std::move(claim.worker)),
                                claim.limit, claim.lease_for.count()}));
  if (answer.rows() == 0) {
    co_return std::unexpected(no_such_function(claim.function));
  }
  ClaimedItems claimed{.paused = answer.row(0).text(0) == "t",
                       .throttled_for = milliseconds(answer.row(0).integer(1))};
  for (int i = 0; i < answer.rows() && !answer.row(i).is_null(2); ++i) {
    const Answer::Row row = answer.row(i);
    claimed.items.push_back({.key = read_key(row, 2),
                             .epoch = static_cast<std::uint64_t>(row.integer(5)),
                             .attempts = static_cast<std::uint32_t>(row.integer(6)),
                             .until_ms = row.integer(7),
                             .created_at_ms = row.integer(8)});
  }
  std::ranges::sort(claimed.items, {},
                    [](const ClaimedItem& item) { return std::tie(item.created_at_ms, item.key); });
  co_return claimed;
}

async::Task<Result<Outcomes>> PostgresFunctionQueue::extend(std::string function,
                                                            std::string worker,
                                                            std::vector<ItemLease> items,
                                                            milliseconds lease_for) {
  LAYER_CO_TRY(check_batch(items.size()));
  ItemCall call(now(), std::move(function), std::move(worker), std::move(items));
  const auto more = [lease_for](const auto&, std::vector<Value>& values) {
    values.emplace_back(lease_for.count());
  };
  co_return co_await postgres::run_call(database_, PoolKind::kControl, std::move(call),
                                        function_statements().extend, more);
}

async::Task<Result<Outcomes>> PostgresFunctionQueue::annotate(std::string function,
                                                              std::string worker,
                                                              std::vector<ItemNote> items) {
  LAYER_CO_TRY(check_notes(items));
  std::vector<ItemLease> leases;
  std::vector<std::string> notes;
  for (ItemNote& each : items) {
    leases.push_back(std::move(each.lease));
    notes.push_back(plain_text(std::move(each.note)));
  }
  ItemCall call(now(), std::move(function), std::move(worker), std::move(leases));
  auto more = [notes = std::move(notes)](const std::vector<std::size_t>& places,
                                         std::vector<Value>& values) {
    std::vector<std::string> some;
    for (const std::size_t place : places) {
      some.push_back(notes[place]);
    }
    values.push_back(Value::array(some));
  };
  co_return co_await postgres::run_call(database_, PoolKind::kData, std::move(call),
                                        function_statements().annotate, std::move(more));
}

async::Task<Result<std::vector<HeldItem>>> PostgresFunctionQueue::held(
    std::string function, std::string worker, std::vector<ItemLease> items) {
  LAYER_CO_TRY(check_batch(items.size()));
  const ItemCall call(now(), std::move(function), std::move(worker), std::move(items));
  std::vector<std::size_t> places(call.leases().size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  LAYER_CO_ASSIGN(const Answer answer, co_await ask(PoolKind::kData, function_statements().explain,
                                                    call.values(places)));
  std::vector<HeldItem> all(places.size());
  for (int i = 0; i < answer.rows(); ++i) {
    const Answer::Row row = answer.row(i);
    const auto place = static_cast<std::size_t>(row.integer(0)) - 1;
    all.at(place).refused = call.explain(row, place);
    all.at(place).note = all.at(place).refused ? std::string() : row.text(7);
  }
  co_return all;
}

async::Task<Result<Outcomes>> PostgresFunctionQueue::finish(std::string function,
                                                            std::string worker,
                                                            std::vector<ItemLease> items,
                                                            bool counted) {
  LAYER_CO_TRY(check_batch(items.size()));
  ItemCall call(now(), std::move(function), std::move(worker), std::move(items));
  const auto more = [counted](const auto&, std::vector<Value>& values) {
    values.emplace_back(counted ? "true" : "false");
  };
  co_return co_await postgres::run_call(database_, PoolKind::kData, std::move(call),
                                        function_statements().complete, more);
}

async::Task<Result<Outcomes>> PostgresFunctionQueue::complete(std::string function,
                                                              std::string worker,
                                                              std::vector<ItemLease> items) {
  return finish(std::move(function), std::move(worker), std::move(items), true);
}

async::Task<Result<Outcomes>> PostgresFunctionQueue::dismiss(std::string function,
                                                             std::string worker,
                                                             std::vector<ItemLease> items) {
  return finish(std::move(function), std::move(worker), std::move(items), false);
}

async::Task<Result<Outcomes>> PostgresFunctionQueue::end(std::string function, std::string worker,
                                                         std::vector<Ending> all) {
  LAYER_CO_TRY(check_batch(all.size()));
  std::vector<ItemLease> leases;
  for (const Ending& each : all) {
    leases.push_back(each.lease);
  }
  ItemCall call(now(), std::move(function), std::move(worker), std::move(leases));
  const std::int64_t throttle = throttled_for(all);
  auto more = [all = std::move(all), throttle](const std::vector<std::size_t>& places,
                                               std::vector<Value>& values) {
    std::vector<std::int64_t> verdicts;
    std::vector<std::string> messages;
    std::vector<std::int64_t> waits;
    std::vector<std::int64_t> jitters;
    for (const std::size_t place : places) {
      const Ending& each = all[place];
      verdicts.push_back(static_cast<std::int64_t>(each.verdict));
      messages.push_back(plain_text(each.message));
      waits.push_back(each.wait_ms);
      jitters.push_back(each.jitter_permille);
    }
    values.push_back(Value::array(verdicts));
    values.push_back(Value::array(messages));
    values.push_back(Value::array(waits));
    values.push_back(Value::array(jitters));
    values.emplace_back(throttle);
  };
  co_return co_await postgres::run_call(database_, PoolKind::kData, std::move(call),
                                        function_statements().end, std::move(more));
}

async::Task<Result<Outcomes>> PostgresFunctionQueue::fail(std::string function, std::string worker,
                                                          std::vector<ItemFailure> items) {
  return end(std::move(function), std::move(worker), endings(std::move(items)));
}

async::Task<Result<Outcomes>> PostgresFunctionQueue::release(std::string function,
                                                             std::string worker,
                                                             std::vector<ItemLease> items) {
  return end(std::move(function), std::move(worker), endings(std::move(items)));
}

async::Task<Result<std::size_t>> PostgresFunctionQueue::drop(std::string function,
                                                             std::vector<ItemKey> keys) {
  LAYER_CO_TRY(check_batch(keys.size()));
  std::vector<Value> values{now(), std::move(function)};
  append_keys(keys, values);
  LAYER_CO_ASSIGN(const Answer answer,
                  co_await ask(PoolKind::kData, function_statements().drop, std::move(values)));
  co_return static_cast<std::size_t>(answer.changed());
}

async::Task<Result<std::size_t>> PostgresFunctionQueue::drop_namespace(std::string ns) {
  LAYER_CO_ASSIGN(const Answer answer,
                  co_await ask(PoolKind::kData, function_statements().drop_namespace, {now(), ns}));
  LAYER_CO_TRY(
      co_await ask(PoolKind::kData, function_statements().drop_namespace_sweeps, {now(), ns}));
  co_return static_cast<std::size_t>(answer.changed());
}

async::Task<Result<std::size_t>> PostgresFunctionQueue::reset_failed(std::string function) {
  LAYER_CO_ASSIGN(const Answer answer,
                  co_await ask(PoolKind::kData, function_statements().reset_failed,
                               {now(), std::move(function)}));
  co_return static_cast<std::size_t>(answer.changed());
}

async::Task<Result<Reaped>> PostgresFunctionQueue::reap(std::size_t limit) {
  LAYER_CO_TRY(
      co_await ask(PoolKind::kControl, function_statements().forget_rates, {now(), kKeptMs}));
  LAYER_CO_ASSIGN(const Answer answer,
                  co_await ask(PoolKind::kControl, function_statements().reap, {now(), limit}));
  co_return Reaped{.returned = static_cast<std::size_t>(answer.row(0).integer(0)),
                   .failed = static_cast<std::size_t>(answer.row(0).integer(1))};
}

async::Task<Result<std::vector<Item>>> PostgresFunctionQueue::items(std::string function,
                                                                    ItemFilter filter,
                                                                    std::optional<ItemKey> after,
                                                                    std::size_t limit) {
  const int state = filter.state ? static_cast<int>(*filter.state) : -1;
  const int kind = after ? static_cast<int>(after->id_kind) : -1;
  const ItemKey from = after.value_or(ItemKey{});
  LAYER_CO_ASSIGN(const Answer answer,
                  co_await ask(PoolKind::kData, function_statements().items,
                               {now(), std::move(function), state, std::move(filter.ns), from.ns,
                                kind, stored_text(from.id), limit}));
  std::vector<Item> items;
  for (int i = 0; i < answer.rows(); ++i) {
    const Answer::Row row = answer.row(i);
    items.push_back({.key = read_key(row, 0),
                     .state = static_cast<ItemState>(row.integer(3)),
                     .attempts = static_cast<std::uint32_t>(row.integer(4)),
                     .due_at_ms = row.integer(5),
                     .epoch = static_cast<std::uint64_t>(row.integer(6)),
                     .worker = row.text(7),
                     .error = row.text(8)});
  }
  co_return items;
}

async::Task<Result<FunctionCounts>> PostgresFunctionQueue::counts(std::string function) {
  LAYER_CO_ASSIGN(const Answer answer,
                  co_await ask(PoolKind::kControl, function_statements().counts,
                               {now(), std::move(function), milliseconds(kDueSoon).count()}));
  FunctionCounts counts;
  for (int i = 0; i < answer.rows(); ++i) {
    const Answer::Row row = answer.row(i);
    const auto count = static_cast<std::uint64_t>(row.integer(1));
    switch (static_cast<ItemState>(row.integer(0))) {
      case ItemState::kPending:
        counts.pending = count;
        counts.due_soon = static_cast<std::uint64_t>(row.integer(2));
        counts.oldest_due_ms = row.integer(3);
        break;
      case ItemState::kLeased:
        counts.leased = count;
        break;
      case ItemState::kFailed:
        counts.failed = count;
        break;
    }
  }
  co_return counts;
}

async::Task<Result<std::vector<RateBucket>>> PostgresFunctionQueue::rates(std::string function) {
  LAYER_CO_ASSIGN(const Answer answer, co_await ask(PoolKind::kControl, function_statements().rates,
                                                    {now(), std::move(function), kKeptMs}));
  std::vector<RateBucket> all;
  for (int i = 0; i < answer.rows(); ++i) {
    const Answer::Row row = answer.row(i);
    all.push_back({.minute_ms = row.integer(0),
                   .completed = static_cast<std::uint64_t>(row.integer(1)),
                   .failed = static_cast<std::uint64_t>(row.integer(2))});
  }
  co_return all;
}

async::Task<Result<std::vector<Sweep>>> PostgresFunctionQueue::sweeps(std::string function) {
  LAYER_CO_ASSIGN(const Answer answer, co_await ask(PoolKind::kData, function_statements().sweeps,
                                                    {now(), std::move(function)}));
  std::vector<Sweep> all;
  for (int i = 0; i < answer.rows(); ++i) {
    const Answer::Row row = answer.row(i);
    all.push_back({.ns = row.text(0),
                   .cursor = row.text(1),
                   .completed = static_cast<std::uint64_t>(row.integer(2)),
                   .failures = static_cast<std::uint32_t>(row.integer(3)),
                   .started_at_ms = maybe_integer(row, 4),
                   .completed_at_ms = maybe_integer(row, 5),
                   .error = row.text(6)});
  }
  co_return all;
}

async::Task<Result<void>> PostgresFunctionQueue::save_sweep(std::string function, Sweep sweep) {
  LAYER_CO_ASSIGN(const Answer answer,
                  co_await ask(PoolKind::kData, function_statements().save_sweep,
                               {now(), function, sweep.ns, sweep.cursor, sweep.completed,
                                sweep.failures, maybe(sweep.started_at_ms),
                                maybe(sweep.completed_at_ms), plain_text(shortened(sweep.error))}));
  if (answer.changed() == 0) {
    co_return std::unexpected(no_such_function(function));
  }
  co_return Result<void>{};
}

}  // namespace layer::queue
