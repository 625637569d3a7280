#include "cache/namespace_fences.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "cache/cache_keys.h"
#include "cache/cache_metrics.h"

namespace layer::cache {
namespace {

constexpr int kTries = 32;
constexpr BinSet kHeadOnly = BinSet{}.with(Bin::kHead);
constexpr std::chrono::seconds kHoldAfter{60};

std::string_view head_of(const std::optional<Record>& record) {
  const Bytes& head = record->bins[static_cast<std::size_t>(Bin::kHead)];
  return head ? std::string_view(*head) : std::string_view();
}

auto contended() {
  return fail(ErrorCode::kUnavailable, "too many gateways change this namespace's fence at once");
}

}  // namespace

async::Task<Result<NamespaceState>> NamespaceFences::load(CachedNamespace ns, With with) {
  std::vector<std::string> keys{fence_key(ns.store)};
  if (with == With::kCertificate) {
    keys.push_back(certificate_key(ns.store));
  }
  for (int i = 0; i < kTries; ++i) {
    LAYER_CO_ASSIGN(const auto found, co_await store_.get(fences_set(ns.ns), keys, kHeadOnly));
    NamespaceState state{.fence = {}, .certificate_read = with == With::kCertificate};
    if (state.certificate_read && found[1]) {
      state.certificate = decode_certificate(head_of(found[1]));
      state.certificate_version = found[1]->version;
    }
    if (auto fence = found[0] ? decode_fence(head_of(found[0])) : std::nullopt) {
      state.fence = std::move(*fence);
      state.version = found[0]->version;
      co_return state;
    }
    const auto wall = clock_.wall_ms();
    state.fence = {.generation = fresh_number(wall), .fill_epoch = fresh_number(wall)};
    LAYER_CO_ASSIGN(const auto put, co_await store(ns, state.fence,
                                                   found[0] ? Condition::matches(found[0]->version)
                                                            : Condition::absent()));
    if (put.kind == PutOutcome::Kind::kDone) {
      state.version = put.version;
      co_return state;
    }
    if (put.kind == PutOutcome::Kind::kRefused) {
      co_return fail(ErrorCode::kUnavailable, "the cache has no room");
    }
  }
  co_return contended();
}

async::Task<Result<PutOutcome>> NamespaceFences::store(CachedNamespace ns, NamespaceFence fence,
                                                       Condition condition) {
  Put put{.key = fence_key(ns.store), .condition = condition};
  if (!fence.open.empty()) {
    const auto last = std::ranges::max(fence.open, {}, &Lease::until_ms).until_ms;
    put.hold =
        kHoldAfter + std::chrono::milliseconds(std::max<std::int64_t>(0, last - clock_.wall_ms()));
  }
  put.bins[static_cast<std::size_t>(Bin::kHead)] =
      std::make_shared<const std::string>(encode(fence));
  LAYER_CO_ASSIGN(const auto outcomes, co_await store_.put(fences_set(ns.ns), {std::move(put)}));
  co_return outcomes[0];
}

async::Task<Result<NamespaceState>> NamespaceFences::read(CachedNamespace ns, With with) {
  LAYER_CO_ASSIGN(auto state, co_await load(ns, with));
  if (!state.fence.has_expired(clock_.wall_ms())) {
    co_return state;
  }
  count(metrics_, kCacheFences, {"expire", "ok"});
  co_return co_await change(ns, [](NamespaceFence&) {});
}

async::Task<Result<NamespaceState>> NamespaceFences::change(CachedNamespace ns, Edit edit) {
  for (int i = 0; i < kTries; ++i) {
    LAYER_CO_ASSIGN(auto state, co_await load(ns, With::kCertificate));
    const auto now = clock_.wall_ms();
    if (state.fence.has_expired(now)) {
      std::erase_if(state.fence.open, [&](const Lease& entry) { return !entry.live(now); });
      ++state.fence.generation;
      ++state.fence.fill_epoch;
    }
    edit(state.fence);
    LAYER_CO_ASSIGN(const auto put,
                    co_await store(ns, state.fence, Condition::matches(state.version)));
    if (put.kind == PutOutcome::Kind::kDone) {
      state.version = put.version;
      co_return state;
    }
    if (put.kind == PutOutcome::Kind::kRefused) {
      co_return fail(ErrorCode::kUnavailable, "the cache has no room");
    }
  }
  co_return contended();
}

async::Task<Result<NamespaceState>> NamespaceFences::raise_generation(CachedNamespace ns,
                                                                      std::string_view reason) {
  LAYER_CO_ASSIGN(auto state,
                  co_await change(ns, [](NamespaceFence& fence) { ++fence.generation; }));
  count(metrics_, kCacheGenerationBumps, {reason});
  co_return state;
}

}  // namespace layer::cache
