// Lists and scans over the spool and the object store. Thread safety: any loop, concurrently; what
// it refers to outlives it. A segment that is damaged is left out and logged.
// Cost: a list call for each day that is looked at, a get for each segment that may matter,
// kParallelGets at a time.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "async/cpu_pool.h"
#include "core/clock.h"
#include "core/log.h"
#include "features/history/page.h"
#include "features/history/segment_walk.h"

namespace layer::features::history {

class SegmentReader {
 public:
  static constexpr std::size_t kParallelGets = 8;
  static constexpr std::size_t kLimitMax = 10'000;  // of a page

  SegmentReader(objects::ObjectStore& objects, LocalSegments& spool, async::CpuPool& pool,
                const core::Clock& clock, core::Logger& log)
      : objects_(objects), spool_(spool), pool_(pool), clock_(clock), log_(log) {}

  async::Task<Result<Page>> newest(std::string ns, RecordKind kind, Selection selection,
                                   std::optional<Position> before, std::size_t limit);
  async::Task<Result<ScanEnd>> scan(std::string ns, TimeRange range, ScanLimits limits,
                                    std::function<bool(const Stored&)> told);

 private:
  // The lines of a source, still packed when it is an object; nullopt: it is gone.
  struct Packed {
    Source source{};
    std::optional<std::string> bytes{};
  };
  async::Task<Result<std::vector<Packed>>> get(std::vector<Source> sources);
  // On a thread of the pool.
  std::string lines_of(const Packed& packed) const;

  objects::ObjectStore& objects_;
  LocalSegments& spool_;
  async::CpuPool& pool_;
  const core::Clock& clock_;
  core::Logger& log_;
};

}  // namespace layer::features::history
