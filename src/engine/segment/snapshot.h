// One consistent view of a namespace: what a query reads from beginning to end, whatever is written
// meanwhile. Immutable and shared; a write publishes a new one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/doc_set.h"
#include "engine/segment/segment.h"
#include "wire/schema.h"

namespace layer::engine {

struct SegmentView {
  std::shared_ptr<const segment::Segment> segment;
  std::shared_ptr<const DocSet> deleted;  // never null; universe = segment->size()
  bool persisted = false;                 // in a file and indexed; false: recent writes in memory
  std::uint64_t number = 0;               // of the file; 0 in memory

  DocId live() const { return segment->size() - deleted->count(); }
};

// No document id is live in two segments.
struct Snapshot {
  std::shared_ptr<const wire::Schema> schema;
  std::vector<SegmentView> segments;
  std::uint64_t version = 0;

  std::uint64_t documents() const {
    std::uint64_t total = 0;
    for (const SegmentView& view : segments) {
      total += view.live();
    }
    return total;
  }
};

}  // namespace layer::engine
