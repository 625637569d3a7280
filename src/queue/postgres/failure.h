// What PostgreSQL says in the words of JobStore. Thread safety: plain functions.
#pragma once

#include <string_view>

#include <libpq-fe.h>

#include "core/error.h"

namespace layer::queue::postgres {

// Of a statement that failed.
Error failure_of(const PGresult* result);
// Of a connection that could not be made or was lost.
Error failure_of(const PGconn* connection, std::string_view what);

// The connection is of no use after an answer with this SQLSTATE: the server goes down, became
// read-only, or no longer knows what was prepared.
bool ends_connection(std::string_view sqlstate);

}  // namespace layer::queue::postgres
