// One turn of what keeps the history small: retention and compaction of every namespace. Thread
// safety: one turn at a time. What it refers to outlives it.
#pragma once

#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <utility>

#include "features/history/compaction.h"
#include "features/history/settings.h"

namespace layer::features::history {

class Housekeeper {
 public:
  // How often days are looked at that were in order before: a gateway that was away may upload to
  // them late.
  static constexpr std::chrono::hours kLookAgainAfter{24};
  static constexpr std::size_t kSettledMax = 100'000;

  Housekeeper(Compaction& compaction, SettingsCache& settings, const core::Clock& clock,
              core::Logger& log)
      : compaction_(compaction), settings_(settings), clock_(clock), log_(log) {}

  // Errors: the first of the object store's; the namespaces after it have had their turn.
  async::Task<Result<void>> turn();

 private:
  async::Task<Result<void>> turn_of(const std::string& ns);

  Compaction& compaction_;
  SettingsCache& settings_;
  const core::Clock& clock_;
  core::Logger& log_;
  std::set<std::pair<std::string, std::int64_t>> settled_;
  std::optional<core::Clock::TimePoint> looked_at_;
};

}  // namespace layer::features::history
