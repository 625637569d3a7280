// Builds the approximate index of a vector column that was just written, from the bytes in the
// sink: the column itself is not kept in memory.
#pragma once

#include "core/error.h"
#include "engine/segment/builder.h"
#include "engine/segment/vector_store.h"
#include "engine/storage/sections.h"
#include "wire/schema.h"

namespace layer::engine::segment {

// Fewer vectors are searched exactly: that is as fast, and has recall 1.
inline constexpr DocId kVectorIndexDocumentsMin = 4096;

// Does nothing when `options` or the schema do not ask for an index, or when there are too few
// vectors.
Result<void> write_vector_index(storage::SectionWriter& out, storage::SectionSink& sink,
                                const wire::Schema& schema, AttrId attr,
                                const WrittenVectors& vectors, const BuildOptions& options);

}  // namespace layer::engine::segment
