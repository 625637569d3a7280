// How warm each namespace's cache is, as far as this process saw: cold, warming, warm (rule H14 of
// the contract). Nothing here asks the cache. Thread safety: all of it, from any thread.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace layer::features::warm {

enum class Warmth : std::uint8_t { kCold, kWarming, kWarm };
std::string_view name(Warmth warmth);

struct WarmState {
  std::string ns;
  Warmth warmth = Warmth::kCold;
  std::optional<std::int64_t> warmed_through_ms{};  // writes up to then are cached
  std::uint32_t in_flight = 0;                      // warms that run here
  bool certified = false;
};

class WarmStates {
 public:
  // Of which the oldest go: it is a display, not a ledger.
  static constexpr std::size_t kNamespacesMax = 10'000;

  void begun(const std::string& ns);
  // `warmed_through_ms`: the warm read everything up to then; nullopt: it did not come to an end.
  void ended(const std::string& ns, std::uint64_t epoch,
             std::optional<std::int64_t> warmed_through_ms, bool certified);
  // What was warm is cold when the cache has another epoch by now.
  WarmState find(std::string_view ns, std::uint64_t epoch) const;
  std::vector<WarmState> all(std::uint64_t epoch) const;

 private:
  struct Entry {
    WarmState state;
    std::uint64_t epoch = 0;
  };
  static WarmState seen(const Entry& entry, std::uint64_t epoch);

  mutable std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace layer::features::warm
