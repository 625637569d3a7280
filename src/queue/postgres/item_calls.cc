#include "queue/postgres/item_calls.h"

#include <memory>
#include <utility>

#include "queue/postgres/function_statements.h"
#include "queue/postgres/named_items.h"
#include "queue/postgres/plain_text.h"
#include "queue/stored_text.h"

namespace layer::queue::postgres {

void append_keys(const std::vector<ItemKey>& keys, std::vector<Value>& values) {
  std::vector<std::string> namespaces;
  std::vector<std::int64_t> kinds;
  std::vector<std::string> ids;
  for (const ItemKey& key : keys) {
    namespaces.push_back(key.ns);
    kinds.push_back(static_cast<std::int64_t>(key.id_kind));
    ids.push_back(stored_text(key.id));
  }
  values.push_back(Value::array(namespaces));
  values.push_back(Value::array(kinds));
  values.push_back(Value::array(ids));
}

ItemCall::ItemCall(Value now, std::string function, std::string worker,
                   std::vector<ItemLease> leases)
    : now_(std::move(now)),
      function_(std::move(function)),
      worker_(plain_text(std::move(worker))),
      leases_(std::move(leases)) {}

std::vector<Value> ItemCall::values(const std::vector<std::size_t>& places) const {
  std::vector<ItemKey> keys;
  std::vector<std::int64_t> epochs;
  for (const std::size_t place : places) {
    keys.push_back(leases_[place].key);
    epochs.push_back(static_cast<std::int64_t>(leases_[place].epoch));
  }
  std::vector<Value> values{now_, function_, worker_};
  append_keys(keys, values);
  values.push_back(Value::array(epochs));
  return values;
}

Outcome ItemCall::explain(const Answer::Row& row, std::size_t place) const {
  const std::uint64_t epoch = leases_[place].epoch;
  const bool works = row.text(6) == "t";
  if (row.is_null(1)) {
    return refuse(std::nullopt, epoch, worker_, works);
  }
  const auto state = static_cast<ItemState>(row.integer(1));
  const std::string holder = row.text(3);
  const LeaseState item{.leased = state == ItemState::kLeased,
                        .claimable = state == ItemState::kPending,
                        .epoch = static_cast<std::uint64_t>(row.integer(2)),
                        .worker = holder,
                        .until_ms = row.integer(4)};
  if (holds(item, epoch, worker_, row.integer(5))) {
    return std::nullopt;
  }
  return refuse(item, epoch, worker_, works);
}

async::Task<Result<Outcomes>> run_call(Database& database, PoolKind pool, ItemCall call,
                                       std::string_view sql, More more) {
  const auto shared = std::make_shared<const ItemCall>(std::move(call));
  NamedCall named{
      .items = shared->leases().size(),
      .act =
          [shared, sql, more = std::move(more)](const std::vector<std::size_t>& places) {
            std::vector<Value> values = shared->values(places);
            if (more) {
              more(places, values);
            }
            return Statement{.sql = sql, .values = std::move(values)};
          },
      .explain =
          [shared](const std::vector<std::size_t>& places) {
            return Statement{.sql = function_statements().explain,
                             .values = shared->values(places)};
          },
      .read = [shared](const Answer::Row& row,
                       std::size_t place) { return shared->explain(row, place); }};
  return database.run(pool, [named = std::move(named)](Connection& connection) {
    return run_named(connection, named);
  });
}

}  // namespace layer::queue::postgres
