// Writes a text index from sorted streams of terms.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/error.h"
#include "engine/segment/text_stream.h"
#include "engine/storage/sections.h"

namespace layer::engine::segment {

// Merges `streams` (sorted by bytes; no document has postings in two of them) into the section
// `key`. `lengths`: tokens by document of the output. Memory: the index. Errors: of the sink;
// kInternal when a part outgrows its offsets (64 GiB of postings, 2^32 blocks or terms).
Result<void> write_text(storage::SectionWriter& out, storage::SectionKey key,
                        std::span<TermStream* const> streams,
                        const std::vector<std::uint32_t>& lengths);

}  // namespace layer::engine::segment
