#include "queue/measured_job_store.h"

#include "async/task.h"

namespace layer::queue {
namespace {

const core::MetricSpec kDuration{.name = "layer_pg_query_duration_seconds",
                                 .kind = core::MetricKind::kHistogram,
                                 .help = "time of statements of the queue database, of any kind",
                                 .labels = "query_name status",
                                 .buckets = core::seconds_buckets()};

// The database itself failed; a full queue or a text that is too long is the caller's matter.
bool is_failure(const Error& error) {
  return error.code == ErrorCode::kIo || error.code == ErrorCode::kCorrupt ||
         error.code == ErrorCode::kUnavailable;
}

}  // namespace

template <class T>
async::Task<Result<T>> MeasuredJobStore::timed(std::string_view operation,
                                               async::Task<Result<T>> work) {
  const auto begun = async::SteadyClock::now();
  auto result = co_await std::move(work);
  const std::chrono::duration<double> took = async::SteadyClock::now() - begun;
  const bool failed = !result && is_failure(result.error());
  ok_.store(!failed, std::memory_order_relaxed);
  metrics_.sample(kDuration, {operation, failed ? "pg_error" : "ok"}).observe(took.count());
  co_return result;
}

async::Task<Result<Submitted>> MeasuredJobStore::submit(JobSpec spec, std::size_t waiting_max) {
  return timed("submit", inner_.submit(std::move(spec), waiting_max));
}

async::Task<Result<std::optional<Job>>> MeasuredJobStore::find(std::string id) {
  return timed("find", inner_.find(std::move(id)));
}

async::Task<Result<std::vector<Job>>> MeasuredJobStore::list(JobFilter filter,
                                                             std::optional<JobKey> before,
                                                             std::size_t limit) {
  return timed("list", inner_.list(std::move(filter), std::move(before), limit));
}

async::Task<Result<std::vector<Job>>> MeasuredJobStore::claim(Claim claim) {
  return timed("claim", inner_.claim(std::move(claim)));
}

async::Task<Result<bool>> MeasuredJobStore::keep(Held held, JobProgress progress,
                                                 std::chrono::milliseconds lease_for) {
  return timed("keep", inner_.keep(std::move(held), std::move(progress), lease_for));
}

async::Task<Result<bool>> MeasuredJobStore::release(Held held, JobProgress progress) {
  return timed("release", inner_.release(std::move(held), std::move(progress)));
}

async::Task<Result<bool>> MeasuredJobStore::finish(Held held, JobProgress progress, JobEnd end,
                                                   std::chrono::milliseconds keep_for) {
  return timed("finish",
               inner_.finish(std::move(held), std::move(progress), std::move(end), keep_for));
}

async::Task<Result<std::optional<Job>>> MeasuredJobStore::cancel(
    std::string id, std::chrono::milliseconds keep_for) {
  return timed("cancel", inner_.cancel(std::move(id), keep_for));
}

async::Task<Result<void>> MeasuredJobStore::disown(std::string gateway) {
  return timed("disown", inner_.disown(std::move(gateway)));
}

async::Task<Result<std::size_t>> MeasuredJobStore::forget_expired(std::chrono::milliseconds ago) {
  return timed("forget_expired", inner_.forget_expired(ago));
}

async::Task<Result<std::vector<JobCount>>> MeasuredJobStore::counts() {
  return timed("counts", inner_.counts());
}

}  // namespace layer::queue
