// Which attributes of the gateway's own a namespace has: a store refuses to compare those it has
// never seen (rule Y10 of the contract). Thread safety: plain values; the task as
// VectorStore::send.
#pragma once

#include <string_view>

#include "async/task.h"
#include "features/documents/origin.h"

namespace layer::features::scans {

struct KnownColumns {
  bool stamps = true;
  bool shards = true;
};

// Errors: those of read_store_schema().
async::Task<Result<KnownColumns>> read_known_columns(const documents::Origin& origin,
                                                     async::TimePoint deadline);

// Whether a refusal is about one of them, as far as its words tell.
bool is_about_columns(int status, std::string_view words);

}  // namespace layer::features::scans
