// The meta section: what must be known before anything else of a segment can be read.
// Layout: docs/formats/segment.md.
#pragma once

#include <cstdint>

#include "core/error.h"
#include "engine/base/doc_set.h"
#include "engine/storage/sections.h"
#include "wire/schema.h"

namespace layer::engine::segment {

// Raised when the layout of any section changes; readers of the version before stay.
inline constexpr std::uint32_t kSegmentVersion = 1;
// Posting gaps and the flags of terms rely on the upper bit being free.
inline constexpr DocId kDocumentsMax = (DocId{1} << 31) - 1;

struct Meta {
  DocId documents = 0;
  wire::IdType id_type = wire::IdType::kUint;
  std::uint64_t logical_bytes = 0;
  wire::Schema schema;
};

// Errors: kInternal when there are more than kDocumentsMax documents.
Result<void> write_meta(storage::SectionWriter& out, const wire::Schema& schema, DocId documents,
                        wire::IdType id_type, std::uint64_t logical_bytes);
// Errors: kCorrupt.
Result<Meta> read_meta(const storage::SectionReader& sections);

}  // namespace layer::engine::segment
