// Documents of a write in chunks, a row each (rule EM8 of the contract). Thread safety: pure
// functions. Cost: one pass of the lexer, and a copy of a document's other members for each chunk.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"
#include "core/limits.h"
#include "features/chunking/split.h"
#include "features/embed/profile.h"

namespace layer::features::embed {

inline constexpr std::size_t kParentsMax = 5000;  // documents of one request
// What a write may grow to: each chunk repeats the attributes of its document.
inline constexpr std::size_t kChunkedBytesMax = 256 * core::limits::kMiB;

// Behind each row of upsert_rows the rows of its chunks: ids "<id>#<n>" or "<id>#<section>#<n>",
// the document's attributes, its id and the chunk's number, and the chunk's text in place of the
// document's. The chunks that the upserted and deleted documents had are deleted in the same
// request, where `had_chunks` says that there can be some. `profile.chunk` is set.
// nullopt: nothing to do, or of a shape that is the store's to refuse. Errors: kValidation: ids
// that are no strings or too long with what is put behind them, a source that is no string,
// columns, conditions, too many documents or chunks; kPayloadTooLarge: above kChunkedBytesMax.
Result<std::optional<std::string>> expand_chunks(std::string_view body, const Profile& profile,
                                                 const chunking::TokenCount& tokens,
                                                 bool had_chunks);

}  // namespace layer::features::embed
