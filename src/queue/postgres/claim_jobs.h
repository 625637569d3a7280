// A claim of jobs in PostgreSQL: candidates are locked in small batches, oldest first, passing over
// those that another gateway is looking at (SKIP LOCKED), and those that the limits leave room for
// are taken. Thread safety: as Connection.
#pragma once

#include <vector>

#include "queue/job_store.h"
#include "queue/postgres/connection.h"

namespace layer::queue::postgres {

// Oldest first. `now`: the time, or null for the database's. Errors: those of Connection.
async::Task<Result<std::vector<Job>>> claim_jobs(Connection& connection, Claim claim, Value now);

}  // namespace layer::queue::postgres
