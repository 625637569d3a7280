// A namespace in parts that can be read at the same time: shards partition its rows, whether they
// carry a shard or not (rule Z3 of the contract). Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "features/namespaces/state.h"
#include "wire/id.h"

namespace layer::features::shards {

inline constexpr std::uint32_t kThreadsDefault = 8;
inline constexpr std::uint32_t kThreadsMax = 32;

// The shards to read: 1 for a namespace without a ready layout.
std::uint32_t shard_count(const namespaces::NamespaceState& state);
// The filter of shard `shard` of `count`, as JSON text; empty when count is 1.
std::string shard_filter(std::uint32_t shard, std::uint32_t count);
// Rule Z8: where rows of these ids can be, sorted; shard 0 always.
std::vector<std::uint32_t> shards_of(const std::vector<wire::Id>& ids, std::uint32_t count);
// Rule Z5.
std::uint32_t fan_out_width(std::uint32_t threads, std::uint32_t count);

}  // namespace layer::features::shards
