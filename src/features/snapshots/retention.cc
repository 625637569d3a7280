#include "features/snapshots/retention.h"

#include <set>

namespace layer::features::snapshots {
namespace {

constexpr std::size_t kNamespacesAtOnce = 1000;
constexpr std::string_view kLease = "retention";
constexpr core::MetricSpec kPruned{.name = "hevlayer_snapshot_pruned_total",
                                   .kind = core::MetricKind::kCounter,
                                   .help = "snapshots that retention removed",
                                   .labels = "namespace store_kind"};

}  // namespace

async::Task<Result<std::uint64_t>> Retention::prune(std::string ns) {
  LAYER_CO_ASSIGN(const Place place, co_await parts_.places.find(ns));
  LAYER_CO_ASSIGN(const Policy policy, co_await parts_.policies.effective(ns, place.index));
  if (!policy.retention) {
    co_return 0;
  }
  const std::int64_t oldest = parts_.clock.wall_ms() - policy.retention->count();
  std::vector<std::string> old;
  LAYER_CO_TRY(co_await parts_.store.for_each(ns, [&](const KeyParts& parts) {
    if (parts.watermark_ms < oldest) {
      old.push_back(body_key(parts.ns, parts.watermark_ms, parts.sha));
    }
  }));
  if (old.empty()) {
    co_return 0;
  }
  // Read after the list: what they name by now is kept, whenever it was written.
  std::set<std::string> kept;
  LAYER_CO_ASSIGN(const auto latest, co_await parts_.store.latest(ns, 0));
  if (latest) {
    kept.insert(latest->key);
  }
  LAYER_CO_ASSIGN(const auto checkpoints, co_await parts_.checkpoints.list(ns));
  for (const Checkpoint& checkpoint : checkpoints) {
    kept.insert(checkpoint.key);
  }
  std::uint64_t removed = 0;
  for (const std::string& key : old) {
    if (!kept.contains(key)) {
      LAYER_CO_TRY(co_await parts_.store.remove_body(key));
      ++removed;
    }
  }
  parts_.metrics.sample(kPruned, {ns, place.origin.store->kind()}).add(removed);
  co_return removed;
}

async::Task<Result<bool>> Retention::my_turn() {
  if (parts_.shared == nullptr) {
    co_return true;
  }
  LAYER_CO_ASSIGN(const auto epoch,
                  co_await parts_.shared->lead(std::string(kLease), parts_.gateway, kPruneLease));
  co_return epoch.has_value();
}

async::Task<> Retention::resign() {
  if (parts_.shared != nullptr) {
    // A lease that cannot be given up runs out.
    static_cast<void>(co_await parts_.shared->resign(std::string(kLease), parts_.gateway));
  }
}

async::Task<Result<std::uint64_t>> Retention::prune_all() {
  LAYER_CO_ASSIGN(const bool mine, co_await my_turn());
  if (!mine) {
    co_return 0;
  }
  std::uint64_t removed = 0;
  Result<void> first_fault{};
  std::string after;
  while (true) {
    LAYER_CO_ASSIGN(const auto names, co_await parts_.store.namespaces(after, kNamespacesAtOnce));
    for (const std::string& ns : names) {
      const auto pruned = co_await prune(ns);
      if (pruned) {
        removed += *pruned;
      } else if (first_fault) {
        first_fault = std::unexpected(pruned.error());
      }
    }
    if (names.size() < kNamespacesAtOnce) {
      break;
    }
    after = names.back();
  }
  LAYER_CO_TRY(std::move(first_fault));
  co_return removed;
}

}  // namespace layer::features::snapshots
