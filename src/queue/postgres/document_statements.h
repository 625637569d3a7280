// The statements of PostgresDocumentQueue. $1 of each is the time, or null for the database's own.
// Thread safety: constants.
#pragma once

#include <string>

namespace layer::queue::postgres {

struct DocumentStatements {
  std::string create;  // $2 id $3 target $4 metric $5 paused $6 at most
  std::string find;    // $2 id
  std::string all;
  std::string remove;  // $2 id; then what is of it
  std::string remove_documents;
  std::string remove_counters;
  std::string pause;  // $2 id $3 paused

  std::string stage;  // $2 pipeline $3 id $4 stage $5 revision $6 chunks $7 channel
  // $2 pipeline $3 stage $4 claim stage $5 worker $6 limit $7 lease for $8 prefix
  std::string claim;
  std::string extend;        // kNamed $6 stage $7 lease for
  std::string move;          // kNamed $6 stage $7 from $8 reason $9 operates $10 create
  std::string unreadable;    // kNamed $6 at most $7 wait
  std::string explain;       // kNamed
  std::string reap;          // $2 limit $3 attempts at most
  std::string forget_rates;  // $2 kept for
  std::string document;      // $2 pipeline $3 id
  std::string documents;     // $2 pipeline $3 stage $4 prefix $5 after $6 limit
  std::string counts;        // $2 pipeline
  std::string reasons;       // $2 pipeline
  std::string rates;         // $2 pipeline $3 kept for
};

// Of kNamed: $2 pipeline $3 worker $4 ids $5 epochs.
const DocumentStatements& document_statements();

}  // namespace layer::queue::postgres
