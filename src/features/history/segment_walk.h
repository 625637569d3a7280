// The segments of a namespace from the newest record's back, those of the spool among those of the
// object store, each record in exactly one of them. Listed is a day at a time, an hour at a time
// where a day holds many, and only as far as somebody reads.
//
// Why no record is met twice or missed: the spool is looked at first, the object store after it, so
// what moves from the one to the other meanwhile is seen at least once; and a segment of the spool
// has the name it is uploaded under, so its copy is left out where that name was listed or stands
// in the day's index as replaced.
//
// Thread safety: one task.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "features/history/day_index.h"
#include "features/history/reader.h"
#include "features/history/spool.h"

namespace layer::features::history {

// The spool, asked from a loop.
class LocalSegments {
 public:
  virtual ~LocalSegments() = default;
  virtual async::Task<Result<std::vector<SpoolText>>> texts(std::string ns, TimeRange range) = 0;
  // The name a segment is uploaded under; empty: it has none yet.
  virtual async::Task<Result<std::string>> key_of(std::shared_ptr<SpoolSegment> segment) = 0;
};

struct Source {
  std::string key{};  // empty: local
  std::shared_ptr<const SpoolText> local{};
  std::int64_t oldest_ns = 0;
  std::int64_t newest_ns = 0;
};

class SegmentWalk {
 public:
  // Days after today that are looked for: clocks and callers may be wrong.
  static constexpr std::size_t kFutureDaysMax = 366;

  // What is referred to outlives the walk.
  SegmentWalk(objects::ObjectStore& objects, LocalSegments& spool, std::string ns, TimeRange range,
              std::int64_t now_ms);

  async::Task<Result<void>> begin();
  // The next at most `limit` segments with a record not older than `floor_ns`, newest first; empty:
  // none is left. Errors: the object store's, kCorrupt.
  async::Task<Result<std::vector<Source>>> next(std::size_t limit, std::int64_t floor_ns);

 private:
  async::Task<Result<void>> find_days();
  async::Task<Result<void>> list_more();
  async::Task<Result<void>> list_day(std::int64_t day);
  async::Task<Result<std::optional<std::int64_t>>> next_day();
  async::Task<Result<void>> take(std::vector<objects::ListedObject> listed);
  async::Task<Result<bool>> is_listed(const Source& source);
  std::optional<std::int64_t> day_in(std::string_view key) const;
  void push(Source source);
  void saw(std::string_view day, std::string_view name);

  objects::ObjectStore& objects_;
  LocalSegments& spool_;
  const std::string ns_;
  const std::string prefix_;
  const TimeRange range_;
  const std::int64_t today_;

  std::vector<Source> heap_;  // the newest first out
  std::size_t locals_ = 0;    // in it
  // Every segment that was not listed yet has only records before that.
  std::int64_t frontier_ns_ = std::numeric_limits<std::int64_t>::max();
  bool listed_all_ = false;

  std::vector<std::int64_t> future_days_;  // the newest last
  std::int64_t next_day_ = 0;
  std::int64_t oldest_day_ = std::numeric_limits<std::int64_t>::max();
  std::string month_;  // the one that is known to hold something
  std::int64_t day_ = 0;
  std::vector<std::int64_t> hours_;          // of day_, still to be listed; the newest last
  std::optional<DayIndex> index_;            // of day_
  std::set<std::string, std::less<>> seen_;  // names that need no local copy
};

}  // namespace layer::features::history
