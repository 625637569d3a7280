// Days that are over, made of few objects: the segments of a day become compacted ones of at most
// 64 MiB of lines, and records older than a namespace's retention go.
//
// Why no crash and no other gateway can make a record appear twice or vanish: compacted segments
// count only once the day's index names them, and the same change of the index says which segments
// no longer count. What was replaced is removed kGrace later, when nobody can still be reading it.
// A purge meanwhile is noticed before the index changes, or sees the new segments itself (see
// purge_segments.h).
//
// Thread safety: any loop; several gateways at once. Errors: the object store's; kConflict when
// somebody else changed the day meanwhile; every call may be repeated.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "async/cpu_pool.h"
#include "core/clock.h"
#include "core/log.h"
#include "features/history/day_index.h"

namespace layer::features::history {

inline constexpr std::chrono::minutes kGrace{10};
// Compacted segments that no index names were left by a crash; after this nobody will name them.
inline constexpr std::chrono::hours kAbandonedAfter{24};
// A day is compacted when it has been over for so long.
inline constexpr std::chrono::hours kCompactedAfter{24};

class Compaction {
 public:
  Compaction(objects::ObjectStore& objects, async::CpuPool& pool, const core::Clock& clock,
             core::Logger& log, std::string gateway)
      : objects_(objects), pool_(pool), clock_(clock), log_(log), gateway_(std::move(gateway)) {}

  struct Outcome {
    std::size_t merged = 0;   // segments
    std::size_t written = 0;  // compacted segments
    std::size_t removed = 0;  // objects
    bool settled = false;     // nothing is left to do
  };
  async::Task<Result<Outcome>> compact(std::string ns, std::int64_t day);
  // Removes every day that ended more than `days` days ago. How many objects went.
  async::Task<Result<std::size_t>> expire(std::string ns, std::int64_t days);

  // Namespaces with history. Cost: a list call each.
  async::Task<Result<std::vector<std::string>>> namespaces();
  // Days with records that may be compacted, from `first` on. Cost: a list call each.
  async::Task<Result<std::vector<std::int64_t>>> days(std::string ns, std::int64_t first);

 private:
  struct Merge;
  async::Task<Result<void>> merge(Merge& merge);
  async::Task<Result<void>> put_segment(Merge& merge);
  async::Task<Result<void>> commit(Merge& merge, DayIndex index);

  objects::ObjectStore& objects_;
  async::CpuPool& pool_;
  const core::Clock& clock_;
  core::Logger& log_;
  const std::string gateway_;
};

}  // namespace layer::features::history
