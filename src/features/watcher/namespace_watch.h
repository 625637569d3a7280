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

// A store's clock may be ahead of the gateway's by that much.
inline constexpr std::int64_t kStoreClockSlackMs = 5'000;

class NamespaceWatch {
 public:
  // What held when a poll began.
  struct Poll {
    std::int64_t begun_ms = 0;         // wall clock
    std::int64_t low_water_ms = 0;     // no write under way has a stamp up to here
    std::uint64_t applied_writes = 0;  // so far
    bool quiet = true;                 // no write was under way
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
      written_ms_ = stamp_max_ms;
      state_ = IndexState::kUpdating;
      await_stamp(stamp_max_ms);
    }
  }
  // Somebody waits for the watermark to reach the stamp.
  void await_stamp(std::int64_t stamp_ms) { awaited_ms_ = std::max(awaited_ms_, stamp_ms); }

  // `clock_ms`: stamps taken from now on are not below.
  Poll begin_poll(std::int64_t wall_ms, std::int64_t clock_ms) const {
    return {.begun_ms = wall_ms,
            .low_water_ms = writing() ? writing_mark() : clock_ms - 1,
            .applied_writes = applied_writes_,
            .quiet = !writing()};
  }
  // A poll says nothing about writes acknowledged after it began.
  void end_poll(const Poll& poll, IndexState evidence, std::int64_t margin_ms) {
    if (evidence == IndexState::kStable) {
      const std::int64_t reached = std::min(poll.begun_ms - margin_ms, poll.low_water_ms);
      watermark_ms_ = std::max(watermark_ms_.value_or(reached), reached);
    }
    state_ = poll.applied_writes == applied_writes_ ? evidence : IndexState::kUpdating;
  }
  // What another gateway's poll found. Its watermark passes no write of any gateway, so that it
  // is stable holds for this one's writes too, once the mark has passed them.
  void adopt(IndexState state, std::optional<std::int64_t> watermark_ms) {
    if (watermark_ms) {
      watermark_ms_ = std::max(watermark_ms_.value_or(*watermark_ms), *watermark_ms);
    }
    const bool passed = watermark_ms_.value_or(0) >= awaited_ms_;
    if (state == IndexState::kUpdating || (state == IndexState::kStable && passed)) {
      state_ = state;
    }
  }
  // Whether what the store says of its last write is explained by no write of this gateway (rule
  // H12). With writes under way at either end of the poll nothing is said.
  bool saw_foreign_write(const Poll& poll, std::int64_t store_written_ms) {
    const bool known = store_written_ms_.has_value();
    const std::int64_t explained =
        std::max(store_written_ms_.value_or(0), written_ms_ + kStoreClockSlackMs);
    store_written_ms_ = std::max(store_written_ms_.value_or(0), store_written_ms);
    const bool quiet = in_flight_.empty() && poll.quiet && poll.applied_writes == applied_writes_;
    return known && quiet && store_written_ms > explained;
  }
  // Nothing was heard for long.
  void doubt() { state_ = IndexState::kUnknown; }
  // The namespace was deleted. Writes under way go on: they may make it anew.
  void forget() {
    state_ = IndexState::kUnknown;
    watermark_ms_.reset();
    store_written_ms_.reset();
    awaited_ms_ = 0;
  }

  bool writing() const { return !in_flight_.empty(); }
  // Below the stamps of all writes under way. Precondition: writing().
  std::int64_t writing_mark() const { return in_flight_.begin()->second - 1; }
  // The watermark has not reached what somebody waits for.
  bool lags() const { return watermark_ms_.value_or(0) < awaited_ms_; }
  IndexState state() const { return state_; }
  // The index is up to date and the watermark has reached what anybody waits for.
  bool settled() const { return state_ == IndexState::kStable && watermark_ms_ && !lags(); }
  freshness::Stability stability() const {
    return {.stable_as_of_ms = watermark_ms_, .stable = state_ == IndexState::kStable};
  }

 private:
  IndexState state_ = IndexState::kUnknown;
  std::optional<std::int64_t> watermark_ms_;
  std::int64_t awaited_ms_ = 0;
  std::uint64_t tickets_ = 0;
  std::uint64_t applied_writes_ = 0;
  std::int64_t written_ms_ = 0;                      // when the last write was acknowledged
  std::optional<std::int64_t> store_written_ms_;     // by the store's clock, as last seen
  std::map<std::uint64_t, std::int64_t> in_flight_;  // floors by ticket: the first is the lowest
};

}  // namespace layer::features::watcher
