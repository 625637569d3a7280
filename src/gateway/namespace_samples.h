// The samples of metrics that carry a namespace, found without a lock: the first kNamespacesMax
// names get their own, the others share the label "other".
// Thread safety: all of it, from any thread. Cost: one hash and one comparison.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "core/metrics.h"
#include "features/billing/billing.h"
#include "gateway/metrics_table.h"

namespace layer::gateway {

inline constexpr std::size_t kNamespacesMax = 5000;

// How a request ended, as the label `status` says it.
enum class Outcome : std::uint8_t { kOk, kStoreError, kLayerError, kTimeout, kRejected };
std::string_view name(Outcome outcome);

// The three histograms that a kind of request feeds: total time, the store's, the difference.
enum class RequestKind : std::uint8_t { kQuery, kUpsert, kHead, kList };

class NamespaceSamples {
 public:
  explicit NamespaceSamples(core::Metrics& metrics) : metrics_(metrics) {}
  ~NamespaceSamples();
  NamespaceSamples(const NamespaceSamples&) = delete;
  NamespaceSamples& operator=(const NamespaceSamples&) = delete;

  void observe(RequestKind kind, std::string_view ns, Outcome outcome, double total_seconds,
               double store_seconds);
  void observe_rows(std::string_view ns, std::uint64_t rows);
  // `cache_result`: hit, miss, partial or bypass.
  void observe_fetch(std::string_view ns, bool batch, std::string_view cache_result,
                     double seconds);
  // A request that the cache may answer, or (`cold`) that only the cache could have answered.
  void count_cache_use(std::string_view ns, bool embedded, bool cold);
  void count_query(std::string_view ns, bool filters, bool ranks, Outcome outcome);
  // `embedded`: the kind of the store, else turbopuffer.
  void count_billing(std::string_view ns, bool embedded, const features::billing::Billing& billed);
  // The name itself while it is among the first, "other" beyond.
  std::string_view label(std::string_view ns);

 private:
  static constexpr std::size_t kKinds = 4;
  static constexpr std::size_t kOutcomes = 5;
  static constexpr std::size_t kSlots = 16'384;  // a power of two, well above kNamespacesMax
  struct Entry {
    explicit Entry(std::string_view n) : name(n) {}
    const std::string name;
    std::array<std::array<std::array<core::SampleSlot, 3>, kOutcomes>, kKinds> samples{};
    core::SampleSlot rows{};
    std::array<std::array<core::SampleSlot, 4>, 2> fetches{};
    std::array<std::array<std::array<core::SampleSlot, kOutcomes>, 2>, 2> queries{};
    std::array<std::array<core::SampleSlot, 3>, 2> billed{};     // written, queried, returned
    std::array<std::array<core::SampleSlot, 2>, 2> cache_use{};  // asked, cold
  };

  Entry& find(std::string_view ns);
  Entry& add(std::string_view ns);
  void observe(Entry& entry, RequestKind kind, Outcome outcome, std::size_t which, double seconds);

  core::Metrics& metrics_;
  std::array<std::atomic<Entry*>, kSlots> slots_{};
  std::mutex adding_;
  std::vector<std::unique_ptr<Entry>> entries_;
  Entry other_{"other"};
};

}  // namespace layer::gateway
