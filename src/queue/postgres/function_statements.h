// The statements of PostgresFunctionQueue. $1 of each is the time, or null for the database's own.
// Thread safety: constants.
#pragma once

#include <string>
#include <string_view>

namespace layer::queue::postgres {

inline constexpr std::string_view kFunctionColumns =
    "id, spec, attempts_max, backoff_first, backoff_max, paused, throttled_until, created_at, "
    "updated_at";

struct FunctionStatements {
  std::string create;  // $2 id $3 spec $4 attempts $5 first $6 longest $7 paused or null $8 at most
  std::string put;     // as create
  std::string find;    // $2 id
  std::string all;
  std::string remove;  // $2 id; then what is of it
  std::string remove_items;
  std::string remove_sweeps;
  std::string remove_counters;
  std::string pause;  // $2 id $3 paused

  std::string keep;      // kAdd
  std::string renew;     // kAdd
  std::string claim;     // $2 function $3 worker $4 limit $5 lease for
  std::string extend;    // kHeld $8 lease for
  std::string annotate;  // kHeld $8 notes
  std::string complete;  // kHeld $8 counted
  std::string end;       // kHeld $8 verdicts $9 messages $10 waits $11 jitters $12 throttle for
  std::string explain;   // as kHeld
  std::string drop;      // $2 function $3 namespaces $4 kinds $5 ids
  std::string drop_namespace;         // $2 namespace
  std::string drop_namespace_sweeps;  // $2 namespace
  std::string reset_failed;           // $2 function
  std::string reap;                   // $2 limit
  std::string forget_rates;           // $2 kept for
  std::string items;   // $2 function $3 state or -1 $4 namespace $5 to $7 after its key $8 limit
  std::string counts;  // $2 function $3 soon
  std::string rates;   // $2 function $3 kept for
  std::string sweeps;  // $2 function
  std::string save_sweep;  // $2 function $3 ns $4 cursor $5 completed $6 failures $7, $8 times $9
};

// Of kAdd: $2 function $3 namespaces $4 kinds $5 ids $6 channel.
// Of kHeld: $2 function $3 worker $4 namespaces $5 kinds $6 ids $7 epochs.
const FunctionStatements& function_statements();

}  // namespace layer::queue::postgres
