// In which order the documents of merged segments follow each other, and where each went.
// Memory: 12 bytes a document.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/error.h"
#include "engine/base/doc_set.h"
#include "engine/segment/column_stream.h"
#include "engine/segment/stored_segment.h"

namespace layer::engine::segment {

struct MergeInput {
  const StoredSegment* segment = nullptr;
  const DocSet* deleted = nullptr;
};

struct Origin {
  std::uint32_t input = 0;
  DocId doc = 0;
};

struct MergeOrder {
  std::vector<Origin> origins;           // by document of the output
  std::vector<std::vector<DocId>> maps;  // by input and its document: the output's, or kDropped
};

// Errors: kInternal when the inputs' ids have different types, when a live id stands in two
// inputs, or when there are too many documents for one segment.
Result<MergeOrder> merge_order(std::span<const MergeInput> inputs);

}  // namespace layer::engine::segment
