// The write of a document's rows: a worker's vectors, the chunks' metadata and texts (rule PL6 of
// the contract). Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "features/pipelines/chunk.h"

namespace layer::features::pipelines {

// `body` holds "vectors":[{"id","vector" or "vectors","attributes"?}], and may hold "schema". The
// ids are those of chunks. Errors: kValidation, naming the member.
Result<std::string> write_of_vectors(std::string_view body, const std::vector<Chunk>& chunks,
                                     std::string_view distance_metric);
// `body` is a write of rows; with the metric where it says none. Errors: kValidation: neither
// upsert_rows nor patch_rows, or a member that such a write does not have.
Result<std::string> write_of_rows(std::string_view body, std::string_view distance_metric);

}  // namespace layer::features::pipelines
