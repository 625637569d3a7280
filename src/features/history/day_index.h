// What compaction did to one day of a namespace: which compacted segments count, and which uploaded
// ones they stand for. It is changed by compare-and-set, so that of two gateways that compact the
// same day one wins and the other's segments never count. What is named as replaced never counts
// again, even if it is uploaded once more after a crash.
// Format: docs/formats/history.md. Thread safety: values; the functions from any loop.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "async/cpu_pool.h"
#include "features/history/segment_name.h"
#include "objects/object_store.h"

namespace layer::features::history {

struct DayIndex {
  std::int64_t committed_ms = 0;
  // Short names: "day/..." and "08/...".
  std::set<std::string, std::less<>> segments{};
  std::set<std::string, std::less<>> replaced{};
  std::string etag{};  // empty: there is none yet

  // Whether the records of a segment are to be read.
  bool counts(const Segment& segment, std::string_view day_prefix) const;
};

std::string print_day_index(const DayIndex& index);
// Errors: kCorrupt.
Result<DayIndex> parse_day_index(std::string_view bytes);
// An empty one when there is none. Errors: the object store's, kCorrupt.
async::Task<Result<DayIndex>> read_day_index(objects::ObjectStore& objects, std::string ns,
                                             std::int64_t day);

// Everything below a prefix. Errors: the object store's.
async::Task<Result<std::vector<objects::ListedObject>>> list_all(objects::ObjectStore& objects,
                                                                 std::string prefix);

}  // namespace layer::features::history
