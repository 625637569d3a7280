// Which shard an id belongs to: xxh64 (seed 0) of its canonical text, modulo the number of shards.
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "wire/id.h"

namespace layer::features::writes {

inline constexpr std::uint32_t kShardCountMax = 1024;

std::uint32_t shard_of(const wire::Id& id, std::uint32_t shard_count);

// The id that a JSON number `digits` writes; nullopt when it is no unsigned 64-bit integer.
std::optional<std::uint64_t> uint_id(std::string_view digits);

// The shard of an id that was written as a string, in a namespace of ids of `type`. nullopt when it
// cannot be told: no id at all, or a UUID not spelled canonically while the type is unknown. A row
// without a shard counts to shard 0, which every reader asks, so leaving it out is always right.
std::optional<std::uint32_t> shard_of_text(std::string_view text, std::optional<wire::IdType> type,
                                           std::uint32_t shard_count);

}  // namespace layer::features::writes
