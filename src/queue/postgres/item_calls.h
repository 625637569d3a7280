// Calls over leases of items: their columns as arrays, and why those that were not done are
// refused. Thread safety: as Connection.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "queue/function_queue.h"
#include "queue/postgres/database.h"

namespace layer::queue::postgres {

// Namespaces, kinds and ids, an array each.
void append_keys(const std::vector<ItemKey>& keys, std::vector<Value>& values);

class ItemCall {
 public:
  // `now`: the time, or null for the database's.
  ItemCall(Value now, std::string function, std::string worker, std::vector<ItemLease> leases);

  const std::vector<ItemLease>& leases() const { return leases_; }
  // $1 to $7 of a statement over the leases at `places`.
  std::vector<Value> values(const std::vector<std::size_t>& places) const;
  // Of a row of FunctionStatements::explain: nothing if the item is the caller's.
  Outcome explain(const Answer::Row& row, std::size_t place) const;

 private:
  Value now_;
  std::string function_;
  std::string worker_;
  std::vector<ItemLease> leases_;
};

// Adds what a statement is given beside, for the leases at `places`; empty: nothing.
using More =
    std::function<void(const std::vector<std::size_t>& places, std::vector<Value>& values)>;
// `sql` outlives the database's connections.
async::Task<Result<Outcomes>> run_call(Database& database, PoolKind pool, ItemCall call,
                                       std::string_view sql, More more);

}  // namespace layer::queue::postgres
