// Calls that name many items, answered for each of them: those that a statement did are told by
// their places, the others are looked at again to say why. Thread safety: as Connection.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "queue/lease.h"
#include "queue/postgres/connection.h"

namespace layer::queue::postgres {

// What a statement over the items at `places` is given, in that order.
using StatementFor = std::function<Statement(const std::vector<std::size_t>& places)>;
// Of the row of an item that was not done: nothing if it is the caller's after all.
using Explain = std::function<Outcome(const Answer::Row& row, std::size_t place)>;

struct NamedCall {
  std::size_t items = 0;
  StatementFor act;      // answers a row with the ordinal of each item that was done
  StatementFor explain;  // answers a row for each item, the ordinal first
  Explain read;
};

// An item that changes while it is looked at is tried kTriesMax times and then told to be lost.
inline constexpr int kTriesMax = 3;
async::Task<Result<Outcomes>> run_named(Connection& connection, NamedCall call);

}  // namespace layer::queue::postgres
