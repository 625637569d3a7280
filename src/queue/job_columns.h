// A job as a row of the table `jobs`, the same columns in every kind of database.
// Thread safety: plain functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/error.h"
#include "queue/job.h"

namespace layer::queue {

// What a SELECT names for read_job().
inline constexpr std::string_view kJobColumns =
    "id, kind, namespace, store, owner, params, unique_key, status, cursor, progress, scanned, "
    "total, done, failed, bytes, result, lease_gateway, lease_epoch, lease_until, attempts, "
    "created_at, updated_at, completed_at, expires_at, error_code, error";

// A row in the order of its columns. `Row` has text(), integer(), real() and is_null(), each by the
// number of a column.
template <class Row>
class JobColumns {
 public:
  explicit JobColumns(const Row& row) : row_(row) {}
  std::string text() { return std::string(row_.text(at_++)); }
  std::int64_t integer() { return row_.integer(at_++); }
  std::uint64_t count() { return static_cast<std::uint64_t>(integer()); }
  double real() { return row_.real(at_++); }
  std::optional<std::int64_t> maybe_integer() {
    const int at = at_++;
    return row_.is_null(at) ? std::nullopt : std::optional(row_.integer(at));
  }

 private:
  const Row& row_;
  int at_ = 0;
};

// Errors: kCorrupt, naming the job.
Result<JobStatus> parse_status(std::string_view text, std::string_view id);

// Errors: kCorrupt when the row says what no job can say.
template <class Row>
Result<Job> read_job(const Row& row) {
  JobColumns<Row> in(row);
  Job job;
  job.spec.id = in.text();
  job.spec.kind = in.text();
  job.spec.ns = in.text();
  job.spec.store = in.text();
  job.spec.owner = in.text();
  job.spec.params = in.text();
  job.spec.unique_key = in.text();
  LAYER_ASSIGN(job.status, parse_status(in.text(), job.spec.id));
  job.progress.cursor = in.text();
  job.progress.progress = in.real();
  job.progress.counters.scanned = in.count();
  job.progress.counters.total = in.count();
  job.progress.counters.done = in.count();
  job.progress.counters.failed = in.count();
  job.progress.counters.bytes = in.count();
  job.progress.result = in.text();
  job.lease.gateway = in.text();
  job.lease.epoch = in.count();
  job.lease.until_ms = in.integer();
  job.attempts = static_cast<std::uint32_t>(in.integer());
  job.created_at_ms = in.integer();
  job.updated_at_ms = in.integer();
  job.completed_at_ms = in.maybe_integer();
  job.expires_at_ms = in.maybe_integer();
  job.error_code = in.text();
  job.error = in.text();
  return job;
}

}  // namespace layer::queue
