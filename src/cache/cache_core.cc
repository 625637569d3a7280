#include "cache/cache_core.h"

#include <utility>

#include "async/deadline.h"
#include "cache/cache_keys.h"
#include "cache/cache_metrics.h"

namespace layer::cache {
namespace {

constexpr std::chrono::minutes kDamageLogEvery{1};
constexpr std::chrono::milliseconds kTtlGateway = std::chrono::hours(24);
constexpr std::chrono::milliseconds kTtlAny = std::chrono::minutes(5);

async::Task<> sleep(std::chrono::milliseconds time) {
  (void)co_await async::sleep_for(time);
}

Membership::Options membership(const CacheOptions& options) {
  Membership::Options out{.gateway = options.gateway,
                          .waits = options.strict && options.rules.has(Rule::kLapseWait),
                          .distrusts = options.rules.has(Rule::kLapsedMember),
                          .sleep = options.sleep ? options.sleep : sleep};
  out.stray = options.strict ? options.stray : std::chrono::milliseconds(0);
  return out;
}

}  // namespace

CacheCore::CacheCore(RecordStore& records, const core::Clock& now, core::Metrics& samples,
                     core::Logger* log, CacheOptions opts)
    : options(std::move(opts)),
      clock(now),
      metrics(samples),
      logger(log),
      store(records, clock, metrics, options.limits),
      fences(store, clock, metrics),
      members(store, clock, metrics, membership(options)) {}

std::string CacheCore::documents(const CachedNamespace& ns) const {
  return documents_set(options.set_prefix, ns.ns);
}

async::Task<Result<std::vector<RowRecord>>> CacheCore::read_rows(std::string set,
                                                                 std::vector<std::string> keys,
                                                                 bool with_bodies) {
  LAYER_CO_ASSIGN(const auto found,
                  co_await store.get(set, keys, with_bodies ? kRowBins : kHeadBin));
  std::vector<RowRecord> rows;
  rows.reserve(found.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    rows.push_back(read_row(found[i], with_bodies));
    if (rows.back().damaged) {
      note_damage(set, keys[i]);
    }
  }
  co_return rows;
}

void CacheCore::note_damage(std::string_view set, std::string_view key) {
  count(metrics, kCacheDamaged, {});
  if (logger == nullptr) {
    return;
  }
  std::uint64_t others = 0;
  {
    const std::lock_guard lock(damage_mutex_);
    const auto now = clock.steady();
    if (damage_logged_ && now < *damage_logged_ + kDamageLogEvery) {
      ++damage_unlogged_;
      return;
    }
    damage_logged_ = now;
    others = std::exchange(damage_unlogged_, 0);
  }
  logger->warn("a cached record is damaged; it is taken for a miss",
               {{"set", set}, {"key", key}, {"others_since", static_cast<std::int64_t>(others)}});
}

std::int64_t CacheCore::expiry(const CachedNamespace& ns, RowState state,
                               std::int64_t now_ms) const {
  if (state != RowState::kPresent) {
    return now_ms + kAbsentTtl.count();
  }
  const auto ttl = ns.ttl.value_or(ns.writers_gateway_only ? kTtlGateway : kTtlAny);
  return now_ms + ttl.count();
}

}  // namespace layer::cache
