// The structures of one segment, told apart by why they may be absent: the segment is older than
// the attribute (then no document has a value) or the index is still being built (409).
// Thread safety: free functions over immutable data.
#pragma once

#include <string_view>

#include "core/error.h"
#include "engine/segment/segment.h"

namespace layer::engine::query {

// Nullptr: no document of the segment has a value. `name` words the error.
Result<const segment::Column*> column_of(const segment::Segment& segment, AttrId attr,
                                         std::string_view name);
Result<const segment::TextIndex*> text_of(const segment::Segment& segment, AttrId attr,
                                          std::string_view name);
Result<const segment::SparseIndex*> sparse_of(const segment::Segment& segment, AttrId attr,
                                              std::string_view name);

// The documents [begin, end) of a segment of `universe` documents.
DocSet interval(DocId universe, DocId begin, DocId end);

}  // namespace layer::engine::query
