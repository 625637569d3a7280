#include "queue/job_columns.h"

#include <fmt/format.h>

namespace layer::queue {

Result<JobStatus> parse_status(std::string_view text, std::string_view id) {
  const auto status = parse_job_status(text);
  if (!status) {
    return fail(ErrorCode::kCorrupt,
                fmt::format("the queue database has a job of no known status: {}", id));
  }
  return *status;
}

}  // namespace layer::queue
