// Attribute names that the gateway keeps for itself. Thread safety: constants.
#pragma once

#include <string_view>

namespace layer::wire {

inline constexpr std::string_view kReservedPrefix = "_hevlayer_";
// Epoch milliseconds of the last write of a row through a gateway.
inline constexpr std::string_view kStampAttribute = "_hevlayer_upserted_at";
// The shard of a row's id, in namespaces whose layout has shards.
inline constexpr std::string_view kShardAttribute = "_hevlayer_shard";
// Of a chunk's row: the id of its document, and its place among the document's chunks.
inline constexpr std::string_view kParentAttribute = "_hevlayer_parent_id";
inline constexpr std::string_view kChunkIndexAttribute = "_hevlayer_chunk_index";

inline bool is_reserved_name(std::string_view name) {
  return name.starts_with(kReservedPrefix);
}

}  // namespace layer::wire
