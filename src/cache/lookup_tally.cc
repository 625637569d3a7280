#include "cache/lookup_tally.h"

#include "cache/cache_metrics.h"

namespace layer::cache {
namespace {

constexpr std::string_view kDocuments = "documents";
constexpr std::array<std::string_view, 4> kResults{"hit", "miss", "bypass", "partial"};
constexpr std::size_t kPartial = 3;

std::size_t result_of(Lookup lookup) {
  switch (lookup) {
    case Lookup::kHit:
    case Lookup::kAbsent:
      return 0;
    case Lookup::kMiss:
      return 1;
    case Lookup::kBypass:
      break;
  }
  return 2;
}

}  // namespace

core::Sample& LookupTally::seconds(std::size_t result) {
  return seconds_[result].get([&]() -> core::Sample& {
    return metrics_.sample(kCacheLookupSeconds, {kDocuments, kResults[result]});
  });
}

void LookupTally::count(std::string_view ns, const std::vector<Found>& found,
                        std::chrono::steady_clock::duration took) {
  std::array<std::uint64_t, 3> counts{};
  for (const Found& row : found) {
    ++counts[result_of(row.lookup)];
    if (row.lookup == Lookup::kHit && row.row) {
      payload_
          .get([&]() -> core::Sample& {
            return metrics_.sample(kCachePayloadBytes, {kDocuments, "hit"});
          })
          .observe(static_cast<double>(row.row->size()));
    }
  }
  std::size_t kinds = 0;
  std::size_t last = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    cache::count(metrics_, kCacheLookups, {kDocuments, ns, kResults[i]}, counts[i]);
    if (counts[i] > 0) {
      ++kinds;
      last = i;
    }
  }
  seconds(kinds > 1 ? kPartial : last).observe(std::chrono::duration<double>(took).count());
}

}  // namespace layer::cache
