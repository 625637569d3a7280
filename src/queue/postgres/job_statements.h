// The statements of PostgresJobStore and of its claims. $1 of each is the time, or null for the
// database's own. Thread safety: constants.
#pragma once

#include <string>

#include "queue/postgres/value.h"

namespace layer::queue::postgres {

struct JobStatements {
  // $2 id $3 kind $4 ns $5 store $6 owner $7 params $8 unique $9 waiting $10 channel
  std::string insert;
  std::string find;         // $2 id
  std::string find_unique;  // $2 kind $3 unique key
  std::string count_queued;
  std::string list;     // $2 before $3 its id $4 kind $5 ns $6 owner $7 status $8 limit
  std::string held;     // $2 gateway
  std::string open;     // $2 kinds $3 after $4 its id $5 full namespaces $6 full owners $7 limit
  std::string take;     // $2 ids $3 gateway $4 lease for
  std::string give_up;  // $2 ids $3 status $4 error code $5 error $6 keep for
  std::string keep;     // kAdvance $12 lease for
  std::string release;  // kAdvance $12 channel
  std::string finish;   // kAdvance $12 status $13 error code $14 error $15 keep for
  std::string cancel;   // $2 id $3 keep for
  std::string disown;   // $2 gateway
  std::string forget;   // $2 ago
  std::string counts;
};

// Of kAdvance: $2 id $3 epoch $4 cursor $5 progress $6 to $10 counters $11 result
const JobStatements& job_statements();

}  // namespace layer::queue::postgres
