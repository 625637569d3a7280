// The tables of the queue database in PostgreSQL: those of src/queue/sqlite/migrations.cc, in a
// schema of their own. Each step is one version; gateways that start together take them one after
// the other, behind an advisory lock. Thread safety: as Connection.
#pragma once

#include <string>

#include "queue/postgres/connection.h"

namespace layer::queue::postgres {

// Brings the schema to the newest version and returns the database's instance id, made once.
// Errors: those of Connection; kInvalidArgument when the tables were made by a newer program.
async::Task<Result<std::string>> migrate(Connection& connection, std::string schema);

}  // namespace layer::queue::postgres
