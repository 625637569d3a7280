// nearest_to_id: the mean of the vectors of given rows (rule Q3 of the contract). Thread safety:
// any loop. Cost: one query of the store, at level strong; the document cache keeps rows without
// their vectors.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "features/pages/store_query.h"
#include "wire/id.h"

namespace layer::features::search {

inline constexpr std::size_t kSeedsMax = 100;

// `list`: the JSON array. `type`: the namespace's kind, if it is known. No two the same. Errors:
// kValidation, naming the item.
Result<std::vector<wire::Id>> read_seed_ids(std::string_view list,
                                            std::optional<wire::IdType> type);
// [1,2]: as JSON.
std::string print_ids(const std::vector<wire::Id>& ids);

// A refusal of the store's is relayed as it came.
using SeedsOutcome = std::variant<std::vector<float>, pages::StoreReply>;
// Component means in f64, rounded to f32. Errors: kNotFound, listing those that have no row or no
// vector ("missing"); kValidation, vectors of unequal size; those of query_store().
async::Task<Result<SeedsOutcome>> mean_vector(documents::Origin origin, std::string attribute,
                                              std::vector<wire::Id> ids, async::TimePoint deadline);

}  // namespace layer::features::search
