// Writes a dictionary column from sorted streams of values.
#pragma once

#include <span>

#include "core/error.h"
#include "engine/base/doc_set.h"
#include "engine/segment/column_stream.h"
#include "engine/storage/sections.h"
#include "wire/schema.h"

namespace layer::engine::segment {

// Merges `streams` (sorted, of `type`) into the section `key`. `present`: documents with a value.
// Memory: the column. Errors: of the sink; kInternal when there are 2^32 entries or more.
Result<void> write_column(storage::SectionWriter& out, storage::SectionKey key,
                          const wire::AttributeType& type, std::span<ValueStream* const> streams,
                          const DocSet& present);

}  // namespace layer::engine::segment
