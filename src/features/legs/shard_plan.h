// Which shards a question touches (rule Z8 of the contract). Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "features/legs/legs.h"

namespace layer::features::legs {

// The ids that every matching row must have one of; nullopt: the filter does not say. A text that
// may be a UUID counts as both, because the namespace's kind of ids is not asked for.
std::optional<std::vector<wire::Id>> required_ids(std::string_view filter);

// Sorted. All of them, unless each leg says which ids it is about.
std::vector<std::uint32_t> shards_to_read(const std::vector<Leg>& legs, std::uint32_t count);

}  // namespace layer::features::legs
