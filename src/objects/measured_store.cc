#include "objects/measured_store.h"

namespace layer::objects {
namespace {

const core::MetricSpec kDuration{.name = "layer_s3_op_duration_seconds",
                                 .kind = core::MetricKind::kHistogram,
                                 .help = "Time of object-store operations, of any kind.",
                                 .labels = "operation status",
                                 .buckets = core::seconds_buckets()};

template <class T>
std::string_view status_of(const Result<T>& result) {
  if (result) {
    return "ok";
  }
  switch (result.error().code) {
    case ErrorCode::kNotFound:
      return "not_found";
    case ErrorCode::kConflict:
      return "conflict";
    default:
      return "error";
  }
}

}  // namespace

template <class T>
async::Task<Result<T>> MeasuredStore::timed(std::string_view operation,
                                            async::Task<Result<T>> work) {
  const auto begun = async::SteadyClock::now();
  auto result = co_await std::move(work);
  const std::chrono::duration<double> took = async::SteadyClock::now() - begun;
  metrics_.sample(kDuration, {operation, status_of(result)}).observe(took.count());
  if (result || result.error().code != ErrorCode::kCancelled) {
    const bool down = !result && (result.error().code == ErrorCode::kUnavailable ||
                                  result.error().code == ErrorCode::kIo);
    ok_.store(!down, std::memory_order_relaxed);
  }
  co_return result;
}

async::Task<Result<std::string>> MeasuredStore::put(std::string key, std::string bytes,
                                                    Condition condition) {
  return timed("put", inner_.put(std::move(key), std::move(bytes), std::move(condition)));
}

async::Task<Result<Object>> MeasuredStore::get(std::string key) {
  return timed("get", inner_.get(std::move(key)));
}

async::Task<Result<std::optional<Object>>> MeasuredStore::get_if_changed(std::string key,
                                                                         std::string etag) {
  return timed("get", inner_.get_if_changed(std::move(key), std::move(etag)));
}

async::Task<Result<std::string>> MeasuredStore::get_range(std::string key, std::uint64_t offset,
                                                          std::uint64_t length) {
  return timed("get_range", inner_.get_range(std::move(key), offset, length));
}

async::Task<Result<ObjectHead>> MeasuredStore::head(std::string key) {
  return timed("head", inner_.head(std::move(key)));
}

async::Task<Result<void>> MeasuredStore::remove(std::string key) {
  return timed("remove", inner_.remove(std::move(key)));
}

async::Task<Result<Listing>> MeasuredStore::list(std::string prefix, std::string after,
                                                 std::size_t limit) {
  return timed("list", inner_.list(std::move(prefix), std::move(after), limit));
}

}  // namespace layer::objects
