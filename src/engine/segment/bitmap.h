// A set of documents as a part of a section: 64-bit words, or nothing when all documents belong.
#pragma once

#include <cstdint>
#include <vector>

#include "core/error.h"
#include "engine/base/doc_set.h"
#include "engine/segment/parts.h"

namespace layer::engine::segment {

// Errors: kCorrupt when the words do not fit `documents`.
Result<DocSet> open_bitmap(const PartsView& parts, std::size_t part, DocId documents);
// The words to store.
std::vector<std::uint64_t> bitmap_words(const DocSet& set);

}  // namespace layer::engine::segment
