// Calls of the gateway's own to a store's namespace routes. Thread safety: pure functions; tasks on
// the loop that made the call.
#pragma once

#include <string>
#include <string_view>

#include "store/vector_store.h"

namespace layer::features::namespaces {

// What a store may answer to a list or metadata call; beyond it the answer is unusable.
inline constexpr std::uint64_t kUpstreamBodyBytesMax = 8ULL << 20;

// A read of the gateway's: the answer with its whole body in `body`. `authorization` as in
// store::Call. Errors: those of VectorStore::send; kUpstream for a body that is too large or breaks
// off.
async::Task<Result<store::Answer>> read_from(store::VectorStore& store, std::string target,
                                             std::string authorization, async::TimePoint deadline);

// Moves the streamed body, if any, into `body`.
async::Task<Result<void>> collect(store::Answer& answer, std::uint64_t bytes_max);

// For a path segment or a query value: everything but unreserved characters as %XX.
std::string percent_encode(std::string_view text);

// "/v2/namespaces/<physical>/metadata"
std::string metadata_target(std::string_view physical);

}  // namespace layer::features::namespaces
