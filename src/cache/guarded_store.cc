#include "cache/guarded_store.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "async/deadline.h"
#include "cache/cache_keys.h"
#include "cache/cache_metrics.h"

namespace layer::cache {

namespace asio = async::asio;

namespace {

constexpr std::chrono::milliseconds kStopLook{5};

constexpr std::array<std::string_view, 7> kOperationNames{"get",   "put",      "remove", "scan",
                                                          "count", "truncate", "losses"};
constexpr std::array<std::string_view, 3> kSetNames{"documents", "fences", "members"};

bool breaks(ErrorCode code) {
  return code != ErrorCode::kInvalidArgument && code != ErrorCode::kCancelled;
}

// What an operation and whoever waits for it share; both run on one loop.
template <class T>
struct Race {
  explicit Race(async::Executor executor) : timer(executor) {}
  std::optional<Result<T>> result;
  async::Timer timer;
};

template <class T>
async::Task<> run(std::shared_ptr<Race<T>> race, async::Task<Result<T>> work,
                  std::shared_ptr<std::atomic<std::size_t>> inflight) {
  race->result = co_await std::move(work);
  race->timer.cancel();
  inflight->fetch_sub(1);
}

}  // namespace

GuardedStore::GuardedStore(RecordStore& inner, const core::Clock& clock, core::Metrics& metrics,
                           Limits limits)
    : inner_(inner),
      clock_(clock),
      metrics_(metrics),
      limit_(inner.kind() == "memory" ? std::chrono::milliseconds(0) : limits.operation),
      breaker_(limits.open_for) {}

// Few values, whatever the namespaces are called.
GuardedStore::SetKind GuardedStore::kind_of(std::string_view set) {
  if (set == kMembersSet) {
    return SetKind::kMembers;
  }
  return set.starts_with("fence_") ? SetKind::kFences : SetKind::kDocuments;
}

void GuardedStore::observe(Timed operation, SetKind set, bool ok, double seconds) {
  const auto at = static_cast<std::size_t>(operation);
  const auto kind = static_cast<std::size_t>(set);
  core::SampleSlot& slot = samples_[(at * kSetKinds + kind) * 2 + (ok ? 1 : 0)];
  slot.get([&]() -> core::Sample& {
        return metrics_.sample(kCacheOperationSeconds, {kOperationNames[at], kSetNames[kind],
                                                        ok ? "ok" : "aerospike_error"});
      })
      .observe(seconds);
}

template <class T>
async::Task<Result<T>> GuardedStore::limited(async::Task<Result<T>> work) {
  auto race = std::make_shared<Race<T>>(co_await asio::this_coro::executor);
  race->timer.expires_after(limit_);
  inflight_->fetch_add(1);
  asio::co_spawn(race->timer.get_executor(), run<T>(race, std::move(work), inflight_),
                 asio::detached);
  bool ended = false;
  if (!race->result) {
    const auto [error] = co_await race->timer.async_wait(async::kToken);
    ended = static_cast<bool>(error);
  }
  if (race->result) {
    co_return std::move(*race->result);
  }
  if (ended) {
    co_return fail(ErrorCode::kCancelled, "cancelled");
  }
  co_return fail(ErrorCode::kUnavailable, "the cache took too long");
}

template <class T>
async::Task<Result<T>> GuardedStore::guard(Timed operation, SetKind set,
                                           async::Task<Result<T>> work) {
  const auto begun = clock_.steady();
  const Breaker::Pass pass = breaker_.admit(begun);
  if (pass == Breaker::Pass::kRefused) {
    co_return fail(ErrorCode::kStoreUnavailable, "the cache failed a moment ago");
  }
  auto result = co_await (limit_.count() == 0 ? std::move(work) : limited(std::move(work)));
  const auto now = clock_.steady();
  const std::chrono::duration<double> took = now - begun;
  observe(operation, set, result.has_value(), took.count());
  if (result || !breaks(result.error().code)) {
    if (pass == Breaker::Pass::kTry && !result && result.error().code == ErrorCode::kCancelled) {
      breaker_.failed(now, "the attempt was cancelled");  // another one tries
    } else {
      breaker_.succeeded(pass);
    }
  } else {
    breaker_.failed(now, result.error().message);
  }
  co_return result;
}

async::Task<Result<std::vector<std::optional<Record>>>> GuardedStore::get(
    std::string set, std::vector<std::string> keys, BinSet bins) {
  const SetKind kind = kind_of(set);
  co_return co_await guard(Timed::kGet, kind, inner_.get(std::move(set), std::move(keys), bins));
}

async::Task<Result<std::vector<PutOutcome>>> GuardedStore::put(std::string set,
                                                               std::vector<Put> puts) {
  const SetKind kind = kind_of(set);
  co_return co_await guard(Timed::kPut, kind, inner_.put(std::move(set), std::move(puts)));
}

async::Task<Result<void>> GuardedStore::remove(std::string set, std::vector<std::string> keys) {
  const SetKind kind = kind_of(set);
  co_return co_await guard(Timed::kRemove, kind, inner_.remove(std::move(set), std::move(keys)));
}

async::Task<Result<ScanPage>> GuardedStore::scan(std::string set, std::string cursor,
                                                 std::size_t limit, BinSet bins) {
  const SetKind kind = kind_of(set);
  co_return co_await guard(Timed::kScan, kind,
                           inner_.scan(std::move(set), std::move(cursor), limit, bins));
}

async::Task<Result<std::uint64_t>> GuardedStore::count(std::string set) {
  const SetKind kind = kind_of(set);
  co_return co_await guard(Timed::kCount, kind, inner_.count(std::move(set)));
}

async::Task<Result<void>> GuardedStore::truncate(std::string set) {
  const SetKind kind = kind_of(set);
  co_return co_await guard(Timed::kTruncate, kind, inner_.truncate(std::move(set)));
}

async::Task<Result<std::uint64_t>> GuardedStore::losses(std::string set) {
  const SetKind kind = kind_of(set);
  co_return co_await guard(Timed::kLosses, kind, inner_.losses(std::move(set)));
}

async::Task<> GuardedStore::stop() {
  while (inflight() > 0 && co_await async::sleep_for(kStopLook)) {
  }
}

}  // namespace layer::cache
