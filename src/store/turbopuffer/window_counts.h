// Two counts over the last ten seconds, one a part of the other: calls and those that failed,
// calls and those that were repeats. Kept in ten slots of a second each, so the window is between
// nine and ten seconds long.
// Thread safety: any loop, concurrently, without locks; an addition that races with the turn of a
// second may be counted in its neighbour. Cost: one atomic addition.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "async/task.h"

namespace layer::store {

class WindowCounts {
 public:
  struct Sum {
    std::uint64_t all = 0;
    std::uint64_t part = 0;
  };

  void add(async::TimePoint now, std::uint32_t all, std::uint32_t part);
  Sum sum(async::TimePoint now) const;
  void clear();

 private:
  static constexpr std::uint64_t kSeconds = 10;
  // One word a slot: the second it counts for, and both counts.
  std::array<std::atomic<std::uint64_t>, kSeconds> slots_{};
};

}  // namespace layer::store
