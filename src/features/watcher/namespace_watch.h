// What is known of one namespace's index, and how far (rules Y2 to Y4 of the contract). Every row
// whose stamp is at most the watermark is acknowledged and indexed: the watermark follows the
// beginning of a poll that found the index up to date, and stays below the writes that were under
// way when that poll began. It never goes back. Thread safety: a plain value; times are given.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>

#include "features/freshness/stability.h"

namespace layer::features::watcher {

enum class IndexState : std::uint8_t { kUnknown, kUpdating, kStable };

class NamespaceWatch {
 public:
  // What held when a poll began.
  struct Poll {
    std::int64_t begun_ms = 0;         // wall clock
    std::int64_t low_water_ms = 0;     // no write under way has a stamp up to here
    std::uint64_t applied_writes = 0;  // so far
  };

  // `floor_ms`: the stamp the write is going to take is not below. Floors never decrease.
  std::uint64_t begin_write(std::int64_t floor_ms) {
    in_flight_.emplace_hint(in_flight_.end(), ++tickets_, floor_ms);
    return tickets_;
  }
  // `stamp_max_ms`: its stamp is not above. `applied`: rows may have changed.
  void end_write(std::uint64_t ticket, bool applied, std::int64_t stamp_max_ms) {
    in_flight_.erase(ticket);
    if (applied) {
      ++applied_writes_;
      state_ = IndexState::kUpdating;
      await_stamp(stamp_max_ms);
    }
  }
  // Somebody waits for the watermark to reach the stamp.
  void await_stamp(std::int64_t stamp_ms) { awaited_ms_ = std::max(awaited_ms_, stamp_ms); }

  // `clock_ms`: stamps taken from now on are not below.
  Poll begin_poll(std::int64_t wall_ms, std::int64_t clock_ms) const {
    return {.begun_ms = wall_ms,
            .low_water_ms = (in_flight_.empty() ? clock_ms : in_flight_.begin()->second) - 1,
            .applied_writes = applied_writes_};
  }
  // A poll says nothing about writes acknowledged after it began.
  void end_poll(const Poll& poll, IndexState evidence, std::int64_t margin_ms) {
    if (evidence == IndexState::kStable) {
      const std::int64_t reached = std::min(poll.begun_ms - margin_ms, poll.low_water_ms);
      watermark_ms_ = std::max(watermark_ms_.value_or(reached), reached);
    }
    state_ = poll.applied_writes == applied_writes_ ? evidence : IndexState::kUpdating;
  }
  // Nothing was heard for long.
  void doubt() { state_ = IndexState::kUnknown; }
  // The namespace was deleted. Writes under way go on: they may make it anew.
  void forget() {
    state_ = IndexState::kUnknown;
    watermark_ms_.reset();
    awaited_ms_ = 0;
  }

  bool writing() const { return !in_flight_.empty(); }
  // The index is up to date and the watermark has reached what anybody waits for.
  bool settled() const {
    return state_ == IndexState::kStable && watermark_ms_ && *watermark_ms_ >= awaited_ms_;
  }
  freshness::Stability stability() const {
    return {.stable_as_of_ms = watermark_ms_, .stable = state_ == IndexState::kStable};
  }

 private:
  IndexState state_ = IndexState::kUnknown;
  std::optional<std::int64_t> watermark_ms_;
  std::int64_t awaited_ms_ = 0;
  std::uint64_t tickets_ = 0;
  std::uint64_t applied_writes_ = 0;
  std::map<std::uint64_t, std::int64_t> in_flight_;  // floors by ticket: the first is the lowest
};

}  // namespace layer::features::watcher
