// What the write path has to know of a namespace before it touches a body. Thread safety: plain
// values, pure functions.
#pragma once

#include <cstdint>
#include <optional>

#include "features/namespaces/routing.h"
#include "features/namespaces/state.h"
#include "wire/id.h"

namespace layer::features::namespaces {

struct WriteSettings {
  bool stamp = true;
  std::uint32_t shard_count = 0;  // 0: rows get no shard
  std::optional<wire::IdType> id_type{};

  // A write needs no edit of the gateway's own.
  bool nothing_applies() const { return !stamp && shard_count == 0; }
};

// Stamping is off when either the process or the Index says so. Rows get their shard as soon as a
// layout has shards, also while its backfill still runs: otherwise that would never end. (Not at
// the beginning of a reshard, see Layout::stamps_rows.)
inline WriteSettings write_settings(bool stamp_option, const Route& route,
                                    const NamespaceState& state) {
  return {.stamp = stamp_option && settings(route).stamp,
          .shard_count = state.layout && state.layout->stamps_rows ? state.layout->shard_count : 0,
          .id_type = state.id_type};
}

// Reserved attributes are hidden only where the gateway may have written some (rule T5 b): never
// for a namespace with stamping off and no layout.
inline bool may_hold_reserved(bool stamp_option, const Route& route, const NamespaceState& state) {
  return (stamp_option && settings(route).stamp) || state.layout.has_value();
}

}  // namespace layer::features::namespaces
