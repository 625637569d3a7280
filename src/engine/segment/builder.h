// Builds segments: from the rows of a write, and from other segments when they are merged or when a
// schema change asks for other structures. One algorithm for both.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "core/error.h"
#include "engine/base/row.h"
#include "engine/segment/segment.h"
#include "engine/storage/sections.h"

namespace layer::engine::segment {

struct BuildOptions {
  bool vector_index = false;  // build the ANN index of dense columns with enough rows
  // Compress blocks of rows where that saves space. Off: recent writes in memory, where the time
  // of a write counts and the rows are soon rewritten.
  bool compress_rows = true;
  std::uint32_t threads = 1;
  std::function<bool()> cancelled{};  // polled; true ends the build with kCancelled
};

// An input of a merge: a segment without the documents in `deleted`.
struct Source {
  std::shared_ptr<const Segment> segment;
  DocSet deleted;
};

// Rows must be ascending by id and distinct. The result is the bytes of a segment.
Result<std::vector<std::byte>> build_from_rows(const wire::Schema& schema,
                                               std::span<const Row> rows,
                                               const BuildOptions& options);

// Merges sources (no id is live in two of them) under `schema` into `sink`. Row data and vectors
// are streamed; memory holds columns and postings of the output.
Result<void> merge(const wire::Schema& schema, std::span<const Source> sources,
                   storage::SectionSink& sink, const BuildOptions& options);

}  // namespace layer::engine::segment
