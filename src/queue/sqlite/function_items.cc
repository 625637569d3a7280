#include "queue/sqlite/function_items.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "queue/sqlite/rates.h"
#include "queue/stored_text.h"

namespace layer::queue::sqlite {
namespace {

constexpr auto kPending = static_cast<std::int64_t>(ItemState::kPending);
constexpr auto kLeased = static_cast<std::int64_t>(ItemState::kLeased);
constexpr auto kFailed = static_cast<std::int64_t>(ItemState::kFailed);

std::int64_t integer(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}

std::int64_t number(IdKind kind) {
  return static_cast<std::int64_t>(kind);
}

// One item as a call that names it finds it.
struct Found {
  std::int64_t state = kPending;
  std::uint32_t attempts = 0;
  std::int64_t due_at = 0;
  std::uint64_t epoch = 0;
  bool renewed = false;
  std::string worker{};
  std::string note{};

  LeaseState lease() const {
    return {.leased = state == kLeased,
            .claimable = state == kPending,
            .epoch = epoch,
            .worker = worker,
            .until_ms = due_at};
  }
};

Result<std::optional<Found>> find_item(Database& database, std::string_view function,
                                       const ItemKey& key) {
  LAYER_ASSIGN(auto rows,
               database.query("SELECT state, attempts, due_at, epoch, renewed, worker, note "
                              "FROM function_items WHERE function = ?1 AND namespace = ?2 "
                              "AND id_kind = ?3 AND id = ?4",
                              {function, key.ns, number(key.id_kind), stored_text(key.id)}));
  LAYER_ASSIGN(const bool found, rows.next());
  if (!found) {
    return std::nullopt;
  }
  return Found{.state = rows.integer(0),
               .attempts = static_cast<std::uint32_t>(rows.integer(1)),
               .due_at = rows.integer(2),
               .epoch = static_cast<std::uint64_t>(rows.integer(3)),
               .renewed = rows.integer(4) != 0,
               .worker = std::string(rows.text(5)),
               .note = std::string(rows.text(6))};
}

Result<void> settle(Database& database, std::string_view function, const ItemKey& key,
                    const ItemFate& fate, std::string_view error, std::int64_t now) {
  LAYER_TRY(database.run(
      "UPDATE function_items SET state = ?5, attempts = ?6, due_at = ?7, error = ?8, worker = '', "
      "renewed = 0 WHERE function = ?1 AND namespace = ?2 AND id_kind = ?3 AND id = ?4",
      {function, key.ns, number(key.id_kind), stored_text(key.id),
       static_cast<std::int64_t>(fate.state), static_cast<std::int64_t>(fate.attempts),
       now + fate.wait_ms, error}));
  return {};
}

Result<bool> remove_item(Database& database, std::string_view function, const ItemKey& key) {
  LAYER_ASSIGN(const std::int64_t changed,
               database.run("DELETE FROM function_items WHERE function = ?1 AND namespace = ?2 "
                            "AND id_kind = ?3 AND id = ?4",
                            {function, key.ns, number(key.id_kind), stored_text(key.id)}));
  return changed > 0;
}

// `act(item, found)` for each that its holder names, a refusal for the others. `lease_of` gets the
// lease out of an item.
template <class Items, class LeaseOf, class Act>
Result<Outcomes> for_held(Database& database, const std::optional<Function>& function,
                          std::string_view id, std::string_view worker, const Items& items,
                          std::int64_t now, LeaseOf lease_of, Act act) {
  const bool works = function && !function->paused;
  Outcomes outcomes;
  outcomes.reserve(items.size());
  for (const auto& item : items) {
    const ItemLease& lease = lease_of(item);
    LAYER_ASSIGN(const std::optional<Found> found, find_item(database, id, lease.key));
    if (found && holds(found->lease(), lease.epoch, worker, now)) {
      LAYER_TRY(act(item, *found));
      outcomes.emplace_back();
    } else {
      const auto state = found ? std::optional(found->lease()) : std::nullopt;
      outcomes.emplace_back(refuse(state, lease.epoch, worker, works));
    }
  }
  return outcomes;
}

const ItemLease& itself(const ItemLease& lease) {
  return lease;
}

Result<ItemKey> read_key(const Rows& rows) {
  return ItemKey{.ns = std::string(rows.text(0)),
                 .id_kind = static_cast<IdKind>(rows.integer(1)),
                 .id = original_text(rows.text(2))};
}

}  // namespace

Result<std::uint64_t> next_epoch(Database& database) {
  LAYER_ASSIGN(auto rows, database.query("UPDATE meta SET value = value + 1 "
                                         "WHERE key = 'lease_epoch' RETURNING value"));
  LAYER_TRY(rows.next());
  return static_cast<std::uint64_t>(rows.integer(0));
}

Result<std::optional<Function>> find_function(Database& database, std::string_view id) {
  LAYER_ASSIGN(auto rows,
               database.query("SELECT id, spec, attempts_max, backoff_first, backoff_max, paused, "
                              "throttled_until, created_at, updated_at FROM functions "
                              "WHERE id = ?1",
                              {id}));
  LAYER_ASSIGN(const bool found, rows.next());
  if (!found) {
    return std::nullopt;
  }
  return Function{.id = std::string(rows.text(0)),
                  .spec = std::string(rows.text(1)),
                  .retry = {.attempts_max = static_cast<std::uint32_t>(rows.integer(2)),
                            .initial = std::chrono::milliseconds(rows.integer(3)),
                            .longest = std::chrono::milliseconds(rows.integer(4))},
                  .paused = rows.integer(5) != 0,
                  .throttled_until_ms = rows.integer(6),
                  .created_at_ms = rows.integer(7),
                  .updated_at_ms = rows.integer(8)};
}

Result<Added> add_items(Database& database, std::string_view function,
                        const std::vector<ItemKey>& keys, AddMode mode, std::int64_t now) {
  Added added;
  for (const ItemKey& key : keys) {
    LAYER_ASSIGN(const std::int64_t fresh,
                 database.run("INSERT INTO function_items (function, namespace, id_kind, id, "
                              "state, due_at, created_at) VALUES (?1, ?2, ?3, ?4, 0, ?5, ?5) "
                              "ON CONFLICT DO NOTHING",
                              {function, key.ns, number(key.id_kind), stored_text(key.id), now}));
    if (fresh > 0) {
      ++added.added;
    } else if (mode == AddMode::kRenew) {
      LAYER_ASSIGN(
          const std::int64_t renewed,
          database.run("UPDATE function_items SET renewed = state = 1, "
                       "attempts = CASE state WHEN 2 THEN 0 ELSE attempts END, "
                       "due_at = CASE state WHEN 2 THEN ?5 ELSE due_at END, "
                       "state = CASE state WHEN 2 THEN 0 ELSE state END "
                       "WHERE function = ?1 AND namespace = ?2 AND id_kind = ?3 AND id = ?4 "
                       "AND state <> 0 AND renewed = 0",
                       {function, key.ns, number(key.id_kind), stored_text(key.id), now}));
      added.renewed += static_cast<std::size_t>(renewed);
    }
  }
  return added;
}

Result<ClaimedItems> claim_items(Database& database, const ClaimItems& claim, std::int64_t now) {
  LAYER_ASSIGN(const auto function, find_function(database, claim.function));
  if (!function) {
    return std::unexpected(no_such_function(claim.function));
  }
  ClaimedItems claimed{.paused = function->paused,
                       .throttled_for = std::chrono::milliseconds(
                           std::max<std::int64_t>(function->throttled_until_ms - now, 0))};
  if (claimed.paused || claimed.throttled_for.count() > 0) {
    return claimed;
  }
  {
    LAYER_ASSIGN(auto rows, database.query("SELECT namespace, id_kind, id, attempts, created_at "
                                           "FROM function_items WHERE function = ?1 AND state = 0 "
                                           "AND due_at <= ?2 ORDER BY due_at LIMIT ?3",
                                           {claim.function, now, integer(claim.limit)}));
    while (true) {
      LAYER_ASSIGN(const bool more, rows.next());
      if (!more) {
        break;
      }
      LAYER_ASSIGN(ItemKey key, read_key(rows));
      claimed.items.push_back({.key = std::move(key),
                               .attempts = static_cast<std::uint32_t>(rows.integer(3)),
                               .until_ms = now + claim.lease_for.count(),
                               .created_at_ms = rows.integer(4)});
    }
  }
  if (claimed.items.empty()) {
    return claimed;
  }
  LAYER_ASSIGN(const std::uint64_t epoch, next_epoch(database));
  for (ClaimedItem& item : claimed.items) {
    item.epoch = epoch;
    LAYER_TRY(database.run(
        "UPDATE function_items SET state = 1, due_at = ?5, worker = ?6, epoch = ?7, renewed = 0, "
        "note = '' "
        "WHERE function = ?1 AND namespace = ?2 AND id_kind = ?3 AND id = ?4",
        {claim.function, item.key.ns, number(item.key.id_kind), stored_text(item.key.id),
         item.until_ms, claim.worker, integer(epoch)}));
  }
  std::ranges::sort(claimed.items, {},
                    [](const ClaimedItem& item) { return std::tie(item.created_at_ms, item.key); });
  return claimed;
}

Result<Outcomes> extend_items(Database& database, std::string_view function,
                              std::string_view worker, const std::vector<ItemLease>& items,
                              std::int64_t lease_ms, std::int64_t now) {
  LAYER_ASSIGN(const auto known, find_function(database, function));
  return for_held(database, known, function, worker, items, now, itself,
                  [&](const ItemLease& item, const Found&) {
                    return database.run(
                        "UPDATE function_items SET due_at = ?5 WHERE function = ?1 "
                        "AND namespace = ?2 AND id_kind = ?3 AND id = ?4",
                        {function, item.key.ns, number(item.key.id_kind), stored_text(item.key.id),
                         now + lease_ms});
                  });
}

Result<Outcomes> annotate_items(Database& database, std::string_view function,
                                std::string_view worker, const std::vector<ItemNote>& items,
                                std::int64_t now) {
  LAYER_ASSIGN(const auto known, find_function(database, function));
  const auto lease_of = [](const ItemNote& item) -> const ItemLease& { return item.lease; };
  return for_held(database, known, function, worker, items, now, lease_of,
                  [&](const ItemNote& item, const Found&) {
                    const ItemKey& key = item.lease.key;
                    return database.run(
                        "UPDATE function_items SET note = ?5 WHERE function = ?1 "
                        "AND namespace = ?2 AND id_kind = ?3 AND id = ?4",
                        {function, key.ns, number(key.id_kind), stored_text(key.id), item.note});
                  });
}

Result<std::vector<HeldItem>> held_items(Database& database, std::string_view function,
                                         std::string_view worker,
                                         const std::vector<ItemLease>& items, std::int64_t now) {
  LAYER_ASSIGN(const auto known, find_function(database, function));
  std::vector<HeldItem> all;
  for (const ItemLease& item : items) {
    LAYER_ASSIGN(const auto found, find_item(database, function, item.key));
    if (found && holds(found->lease(), item.epoch, worker, now)) {
      all.push_back({.note = found->note});
    } else {
      const auto state = found ? std::optional(found->lease()) : std::nullopt;
      all.push_back({.refused = refuse(state, item.epoch, worker, known && !known->paused)});
    }
  }
  return all;
}

Result<Outcomes> complete_items(Database& database, std::string_view function,
                                std::string_view worker, const std::vector<ItemLease>& items,
                                bool counted, std::int64_t now) {
  LAYER_ASSIGN(const auto known, find_function(database, function));
  std::uint64_t completed = 0;
  const auto complete = [&](const ItemLease& item, const Found& found) -> Result<void> {
    completed += counted ? 1 : 0;
    if (found.renewed) {
      return settle(database, function, item.key, {}, "", now);
    }
    LAYER_TRY(remove_item(database, function, item.key));
    return {};
  };
  LAYER_ASSIGN(Outcomes outcomes,
               for_held(database, known, function, worker, items, now, itself, complete));
  LAYER_TRY(count_finished(database, RatesOf::kFunctions, function, completed, 0, now));
  return outcomes;
}

Result<Outcomes> end_items(Database& database, std::string_view function, std::string_view worker,
                           const std::vector<Ending>& all, std::int64_t now) {
  LAYER_ASSIGN(const auto known, find_function(database, function));
  const RetryPolicy policy = known ? known->retry : RetryPolicy{};
  std::uint64_t ended = 0;
  std::uint64_t failed = 0;
  const auto lease_of = [](const Ending& ending) -> const ItemLease& { return ending.lease; };
  const auto end = [&](const Ending& ending, const Found& found) -> Result<void> {
    const ItemFate next = fate(ending, found.attempts, found.renewed, policy);
    ++ended;
    failed += next.state == ItemState::kFailed ? 1 : 0;
    return settle(database, function, ending.lease.key, next, ending.message, now);
  };
  LAYER_ASSIGN(Outcomes outcomes,
               for_held(database, known, function, worker, all, now, lease_of, end));
  LAYER_TRY(count_finished(database, RatesOf::kFunctions, function, 0, failed, now));
  const std::int64_t wait = throttled_for(all);
  if (ended > 0 && wait > 0) {
    LAYER_TRY(database.run(
        "UPDATE functions SET throttled_until = max(throttled_until, ?2) WHERE id = ?1",
        {function, now + wait}));
  }
  return outcomes;
}

Result<std::size_t> drop_items(Database& database, std::string_view function,
                               const std::vector<ItemKey>& keys) {
  std::size_t dropped = 0;
  for (const ItemKey& key : keys) {
    LAYER_ASSIGN(const bool was_there, remove_item(database, function, key));
    dropped += was_there ? 1 : 0;
  }
  return dropped;
}

Result<Reaped> reap_items(Database& database, std::size_t limit, std::int64_t now) {
  struct Expired {
    std::string function;
    ItemKey key;
    RetryPolicy policy;
    std::uint32_t attempts;
    bool renewed;
  };
  std::vector<Expired> expired;
  {
    LAYER_ASSIGN(auto rows,
                 database.query("SELECT i.namespace, i.id_kind, i.id, f.id, f.attempts_max, "
                                "i.attempts, i.renewed FROM functions AS f "
                                "JOIN function_items AS i ON i.function = f.id AND i.state = 1 "
                                "AND i.due_at <= ?1 LIMIT ?2",
                                {now, integer(limit)}));
    while (true) {
      LAYER_ASSIGN(const bool more, rows.next());
      if (!more) {
        break;
      }
      LAYER_ASSIGN(ItemKey key, read_key(rows));
      expired.push_back(
          {.function = std::string(rows.text(3)),
           .key = std::move(key),
           .policy = {.attempts_max = static_cast<std::uint32_t>(rows.integer(4)), .initial = {}},
           .attempts = static_cast<std::uint32_t>(rows.integer(5)),
           .renewed = rows.integer(6) != 0});
    }
  }
  Reaped reaped;
  std::map<std::string, std::uint64_t> failed;
  for (const Expired& each : expired) {
    const ItemFate next = fate({}, each.attempts, each.renewed, each.policy);
    LAYER_TRY(settle(database, each.function, each.key, next, kLeaseExpired, now));
    if (next.state == ItemState::kFailed) {
      ++reaped.failed;
      ++failed[each.function];
    } else {
      ++reaped.returned;
    }
  }
  for (const auto& [function, count] : failed) {
    LAYER_TRY(count_finished(database, RatesOf::kFunctions, function, 0, count, now));
  }
  return reaped;
}

Result<std::vector<Item>> list_items(Database& database, std::string_view function,
                                     const ItemFilter& filter, const std::optional<ItemKey>& after,
                                     std::size_t limit) {
  const std::int64_t state = filter.state ? static_cast<std::int64_t>(*filter.state) : -1;
  const ItemKey from = after.value_or(ItemKey{});
  LAYER_ASSIGN(
      auto rows,
      database.query("SELECT namespace, id_kind, id, state, attempts, due_at, epoch, "
                     "worker, error FROM function_items WHERE function = ?1 "
                     "AND (?2 = '' OR namespace = ?2) AND (?3 < 0 OR state = ?3) "
                     "AND (namespace, id_kind, id) > (?4, ?5, ?6) "
                     "ORDER BY namespace, id_kind, id LIMIT ?7",
                     {function, filter.ns, state, from.ns, after ? number(from.id_kind) : -1,
                      stored_text(from.id), integer(limit)}));
  std::vector<Item> items;
  while (true) {
    LAYER_ASSIGN(const bool more, rows.next());
    if (!more) {
      return items;
    }
    LAYER_ASSIGN(ItemKey key, read_key(rows));
    items.push_back({.key = std::move(key),
                     .state = static_cast<ItemState>(rows.integer(3)),
                     .attempts = static_cast<std::uint32_t>(rows.integer(4)),
                     .due_at_ms = rows.integer(5),
                     .epoch = static_cast<std::uint64_t>(rows.integer(6)),
                     .worker = std::string(rows.text(7)),
                     .error = std::string(rows.text(8))});
  }
}

Result<FunctionCounts> count_items(Database& database, std::string_view function,
                                   std::int64_t now) {
  LAYER_ASSIGN(
      auto rows,
      database.query("SELECT state, count(*), sum(due_at <= ?2), min(due_at) FROM function_items "
                     "WHERE function = ?1 GROUP BY state",
                     {function, now + std::chrono::milliseconds(kDueSoon).count()}));
  FunctionCounts counts;
  while (true) {
    LAYER_ASSIGN(const bool more, rows.next());
    if (!more) {
      return counts;
    }
    const auto count = static_cast<std::uint64_t>(rows.integer(1));
    if (rows.integer(0) == kPending) {
      counts.pending = count;
      counts.due_soon = static_cast<std::uint64_t>(rows.integer(2));
      counts.oldest_due_ms = rows.integer(3);
    } else if (rows.integer(0) == kLeased) {
      counts.leased = count;
    } else if (rows.integer(0) == kFailed) {
      counts.failed = count;
    }
  }
}

}  // namespace layer::queue::sqlite
