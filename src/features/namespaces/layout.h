// What the object store keeps of a namespace, one small JSON object each, and the keys they lie
// under. Thread safety: plain values, pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"

namespace layer::features::namespaces {

// How rows are spread over shards (rule Z1 of the contract).
struct Layout {
  enum class State : std::uint8_t { kUnsharded, kBackfilling, kReady };

  std::uint32_t schema_version = 1;
  std::uint32_t shard_count = 0;  // 0: no shards
  bool scatter_queries = true;    // scatter "all"; otherwise only scans use the shards
  State state = State::kUnsharded;
  std::uint64_t migrated = 0;      // rows the backfill has given their shard
  std::uint64_t incarnation = 0;   // of the namespace the layout was made for
  std::string cursor{};            // of the backfill, for its job alone
  std::int64_t started_at_ms = 0;  // of the backfill; tells one from the next
  std::optional<std::int64_t> completed_at_ms{};
  // Rows may carry shards of another layout: the backfill looks at all of them.
  bool reshard = false;
  // False while gateways may still read by the layout before: rows then get no shard, which every
  // layout counts to its shard 0.
  bool stamps_rows = true;

  bool operator==(const Layout&) const = default;
};
std::string_view name(Layout::State state);  // "unsharded", "backfilling", "ready"

// A delete that went through the gateway.
struct Tombstone {
  std::uint64_t incarnation = 0;  // of the namespace that may follow
  std::int64_t deleted_at_ms = 0;

  bool operator==(const Tombstone&) const = default;
};

inline constexpr std::uint32_t kStateVersion = 1;        // "v" of both objects
inline constexpr std::uint32_t kLayoutShardsMax = 1024;  // rule 3.8
inline constexpr std::size_t kStateObjectBytesMax = 64 * 1024;

// Errors: kCorrupt with what is wrong; unknown members are ignored.
Result<Layout> parse_layout(std::string_view json);
std::string print_layout(const Layout& layout);
Result<Tombstone> parse_tombstone(std::string_view json);
std::string print_tombstone(const Tombstone& tombstone);

std::string layout_key(std::string_view ns);
std::string tombstone_key(std::string_view ns);

// Whether `ns` is a name a namespace can have ([A-Za-z0-9-_.]{1,128}, not "." or ".."); other names
// have no state and make no key.
bool is_namespace_name(std::string_view ns);

}  // namespace layer::features::namespaces
