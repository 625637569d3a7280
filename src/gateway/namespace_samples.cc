#include "gateway/namespace_samples.h"

#include <algorithm>
#include <functional>
#include <optional>

namespace layer::gateway {
namespace {

constexpr std::string_view kDirect = "direct";  // pipeline_id of what comes through no pipeline

// Rows of RequestKind; columns: total, the store's, the difference.
constexpr std::array<std::array<std::optional<Metric>, 3>, 4> kMetrics{{
    {Metric::kQueryDuration, Metric::kQueryStore, Metric::kQueryOverhead},
    {Metric::kUpsertDuration, Metric::kUpsertStore, Metric::kUpsertOverhead},
    {Metric::kHeadDuration, std::nullopt, std::nullopt},
    {Metric::kListDuration, std::nullopt, std::nullopt},
}};

}  // namespace

std::string_view name(Outcome outcome) {
  constexpr std::array<std::string_view, 5> kNames{"ok", "tpuf_error", "layer_error", "timeout",
                                                   "rejected"};
  return kNames[static_cast<std::size_t>(outcome)];
}

NamespaceSamples::~NamespaceSamples() = default;

NamespaceSamples::Entry& NamespaceSamples::find(std::string_view ns) {
  std::size_t at = std::hash<std::string_view>()(ns) % kSlots;
  while (Entry* entry = slots_[at].load(std::memory_order_acquire)) {
    if (entry->name == ns) {
      return *entry;
    }
    at = (at + 1) % kSlots;
  }
  return add(ns);
}

// Under the lock only this function writes slots, so the first empty one on the path is the place.
NamespaceSamples::Entry& NamespaceSamples::add(std::string_view ns) {
  const std::lock_guard lock(adding_);
  std::size_t at = std::hash<std::string_view>()(ns) % kSlots;
  while (Entry* entry = slots_[at].load(std::memory_order_relaxed)) {
    if (entry->name == ns) {
      return *entry;
    }
    at = (at + 1) % kSlots;
  }
  if (entries_.size() == kNamespacesMax) {
    return other_;
  }
  entries_.push_back(std::make_unique<Entry>(ns));
  slots_[at].store(entries_.back().get(), std::memory_order_release);
  return *entries_.back();
}

std::string_view NamespaceSamples::label(std::string_view ns) {
  return find(ns).name;
}

void NamespaceSamples::observe(Entry& entry, RequestKind kind, Outcome outcome, std::size_t which,
                               double seconds) {
  const auto row = static_cast<std::size_t>(kind);
  const auto& metric = kMetrics[row][which];
  if (!metric) {
    return;
  }
  auto& slot = entry.samples[row][static_cast<std::size_t>(outcome)][which];
  const auto find = [&]() -> core::Sample& {
    return metrics_.sample(spec(*metric), {kDirect, entry.name, name(outcome)});
  };
  slot.get(find).observe(seconds);
}

void NamespaceSamples::observe(RequestKind kind, std::string_view ns, Outcome outcome,
                               double total_seconds, double store_seconds) {
  Entry& entry = find(ns);
  observe(entry, kind, outcome, 0, total_seconds);
  observe(entry, kind, outcome, 1, store_seconds);
  observe(entry, kind, outcome, 2, total_seconds - store_seconds);
}

void NamespaceSamples::observe_rows(std::string_view ns, std::uint64_t rows) {
  Entry& entry = find(ns);
  const auto find = [&]() -> core::Sample& {
    return metrics_.sample(spec(Metric::kUpsertBatchSize), {kDirect, entry.name});
  };
  entry.rows.get(find).observe(static_cast<double>(rows));
}

void NamespaceSamples::observe_fetch(std::string_view ns, bool batch, std::string_view cache_result,
                                     double seconds) {
  constexpr std::array<std::string_view, 4> kResults{"hit", "miss", "partial", "bypass"};
  const auto result = std::ranges::find(kResults, cache_result) - kResults.begin();
  Entry& entry = find(ns);
  const auto find = [&]() -> core::Sample& {
    return metrics_.sample(spec(Metric::kFetchDuration),
                           {batch ? "batch" : "get_doc", entry.name, cache_result});
  };
  entry.fetches[batch ? 1 : 0][static_cast<std::size_t>(result)].get(find).observe(seconds);
}

void NamespaceSamples::count_cache_use(std::string_view ns, bool embedded, bool cold) {
  Entry& entry = find(ns);
  const auto find = [&]() -> core::Sample& {
    return metrics_.sample(spec(cold ? Metric::kCacheColdAnswers : Metric::kCacheDemand),
                           {entry.name, embedded ? "embedded" : "turbopuffer"});
  };
  entry.cache_use[embedded ? 1 : 0][cold ? 1 : 0].get(find).add();
}

void NamespaceSamples::count_query(std::string_view ns, bool filters, bool ranks, Outcome outcome) {
  const auto flag = [](bool set) -> std::string_view { return set ? "true" : "false"; };
  Entry& entry = find(ns);
  auto& slot = entry.queries[filters ? 1 : 0][ranks ? 1 : 0][static_cast<std::size_t>(outcome)];
  const auto find = [&]() -> core::Sample& {
    return metrics_.sample(spec(Metric::kQueryShape),
                           {kDirect, entry.name, flag(filters), flag(ranks), name(outcome)});
  };
  slot.get(find).add();
}

void NamespaceSamples::count_billing(std::string_view ns, bool embedded,
                                     const features::billing::Billing& billed) {
  Entry& entry = find(ns);
  const auto add = [&](std::size_t which, Metric metric, std::uint64_t bytes) {
    if (bytes > 0) {
      const auto find = [&]() -> core::Sample& {
        return metrics_.sample(spec(metric), {entry.name, embedded ? "embedded" : "turbopuffer"});
      };
      entry.billed[embedded ? 1 : 0][which].get(find).add(bytes);
    }
  };
  add(0, Metric::kBilledWritten, billed.bytes_written);
  add(1, Metric::kBilledQueried, billed.bytes_queried);
  add(2, Metric::kBilledReturned, billed.bytes_returned);
}

}  // namespace layer::gateway
