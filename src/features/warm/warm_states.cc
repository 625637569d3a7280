#include "features/warm/warm_states.h"

#include <array>

namespace layer::features::warm {

std::string_view name(Warmth warmth) {
  constexpr std::array<std::string_view, 3> kNames{"cold", "warming", "warm"};
  return kNames[static_cast<std::size_t>(warmth)];
}

void WarmStates::begun(const std::string& ns) {
  const std::lock_guard lock(mutex_);
  if (entries_.size() >= kNamespacesMax && !entries_.contains(ns)) {
    entries_.erase(entries_.begin());
  }
  Entry& entry = entries_[ns];
  entry.state.ns = ns;
  ++entry.state.in_flight;
}

void WarmStates::ended(const std::string& ns, std::uint64_t epoch,
                       std::optional<std::int64_t> warmed_through_ms, bool certified) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(ns);
  if (found == entries_.end()) {
    return;
  }
  Entry& entry = found->second;
  entry.state.in_flight -= entry.state.in_flight > 0 ? 1 : 0;
  if (warmed_through_ms) {
    entry.state.warmth = Warmth::kWarm;
    entry.state.warmed_through_ms = warmed_through_ms;
    entry.state.certified = certified;
    entry.epoch = epoch;
  }
}

WarmState WarmStates::seen(const Entry& entry, std::uint64_t epoch) {
  WarmState state = entry.state;
  if (state.warmth == Warmth::kWarm && entry.epoch != epoch) {
    state = {.ns = state.ns, .in_flight = state.in_flight};
  }
  if (state.in_flight > 0) {
    state.warmth = Warmth::kWarming;
  }
  return state;
}

WarmState WarmStates::find(std::string_view ns, std::uint64_t epoch) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(ns);
  return found == entries_.end() ? WarmState{.ns = std::string(ns)} : seen(found->second, epoch);
}

std::vector<WarmState> WarmStates::all(std::uint64_t epoch) const {
  const std::lock_guard lock(mutex_);
  std::vector<WarmState> out;
  for (const auto& [ns, entry] : entries_) {
    out.push_back(seen(entry, epoch));
  }
  return out;
}

}  // namespace layer::features::warm
