#include "queue/sqlite/job_row.h"

#include <fmt/format.h>

namespace layer::queue {
namespace {

// Reads columns in their order.
class Columns {
 public:
  explicit Columns(const Rows& row) : row_(row) {}
  std::string text() { return std::string(row_.text(at_++)); }
  std::int64_t integer() { return row_.integer(at_++); }
  std::uint64_t count() { return static_cast<std::uint64_t>(integer()); }
  double real() { return row_.real(at_++); }
  std::optional<std::int64_t> maybe_integer() {
    const int at = at_++;
    return row_.is_null(at) ? std::nullopt : std::optional(row_.integer(at));
  }

 private:
  const Rows& row_;
  int at_ = 0;
};

}  // namespace

Result<Job> read_job(const Rows& row) {
  Columns in(row);
  Job job;
  job.spec.id = in.text();
  job.spec.kind = in.text();
  job.spec.ns = in.text();
  job.spec.store = in.text();
  job.spec.owner = in.text();
  job.spec.params = in.text();
  job.spec.unique_key = in.text();
  const auto status = parse_job_status(in.text());
  if (!status) {
    return fail(ErrorCode::kCorrupt,
                fmt::format("the queue database has a job of no known status: {}", job.spec.id));
  }
  job.status = *status;
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
