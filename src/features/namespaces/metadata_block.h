// The `layer` block of a metadata answer (rules M2 and M3 of the contract), and how it comes into
// the store's body: spliced in before its closing brace, every byte of the store as it was.
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"
#include "features/freshness/stability.h"
#include "features/namespaces/routing.h"
#include "features/namespaces/state.h"

namespace layer::features::namespaces {

struct LayerBlock {
  const Route& route;
  const NamespaceState& state;
  freshness::Stability stability{};
  bool stamp = true;                         // rows written now are stamped
  std::optional<std::uint64_t> row_count{};  // as the store says
  // Rows of the latest snapshot.
  std::optional<std::uint64_t> snapshot_rows{};
  bool field_stats = false;        // was asked for
  std::string field_stats_json{};  // of the latest snapshot; empty: there is none
};

// What has no source in this deployment (a document cache), or no snapshot yet, is null.
std::string print_layer_block(const LayerBlock& block);

// `body` with `"id":<name>,"layer":<block>` as its last members. A body that is not a JSON object
// is returned unchanged.
std::string splice_layer(std::string body, std::string_view name, std::string_view block);

}  // namespace layer::features::namespaces
