// Between a write's plan and answer and the cache's fences: which rows are fenced before the store
// is called, and which it says it touched. Thread safety: pure functions, and one loop.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "cache/document_cache.h"
#include "core/limits.h"
#include "features/writes/write_plan.h"
#include "store/vector_store.h"

namespace layer::gateway {

// A longer answer is not read for ids: the namespace's rows are given up instead (rule H7).
inline constexpr std::size_t affected_answer_bytes_max = 16 * core::limits::kMiB;

// A write that is not understood is opaque; filters fence the namespace, other operations their
// rows.
cache::FenceScope fence_scope(const features::writes::WritePlan& plan,
                              std::optional<wire::IdType> type);

// The ids that the answer lists, in every meaning they may have; nullopt: it lists none, or cannot
// be read. `cut`: they are taken out of the answer, as only the gateway asked for them.
async::Task<std::optional<std::vector<wire::Id>>> take_affected_ids(
    store::Answer& answer, std::optional<wire::IdType> type, bool cut);

}  // namespace layer::gateway
