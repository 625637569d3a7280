// The tables of the queue database and how older files get them: one step a version, each in the
// same transaction as the version's number. Thread safety: as Database.
#pragma once

#include <string>

#include "queue/sqlite/database.h"

namespace layer::queue {

// Brings the file to the newest version and returns its instance id, made once. Errors: those of
// Database; kUnavailable when the file was written by a newer version of this program.
Result<std::string> migrate(Database& database);

}  // namespace layer::queue
