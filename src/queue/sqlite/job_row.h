// A job as a row of the table `jobs`. Thread safety: as Database.
#pragma once

#include "queue/job.h"
#include "queue/sqlite/database.h"

namespace layer::queue {

// What a SELECT names for read_job().
inline constexpr std::string_view kJobColumns =
    "id, kind, namespace, store, owner, params, unique_key, status, cursor, progress, scanned, "
    "total, done, failed, bytes, result, lease_gateway, lease_epoch, lease_until, attempts, "
    "created_at, updated_at, completed_at, expires_at, error_code, error";

// Errors: kCorrupt when the row says what no job can say.
Result<Job> read_job(const Rows& row);

}  // namespace layer::queue
