// How far the shards of a namespace were read, as text that can be kept. Thread safety: plain
// values, pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/id.h"

namespace layer::features::pages {

struct ShardCursor {
  std::optional<wire::Id> after{};  // rows up to it were taken; nullopt: none
  bool done = false;

  bool operator==(const ShardCursor&) const = default;
};

struct ShardCursors {
  // One a shard as they were when the export began: a layout that changes meanwhile moves no row.
  std::vector<ShardCursor> shards{};
  bool done() const;

  bool operator==(const ShardCursors&) const = default;
};

// Nothing was read yet.
ShardCursors fresh_cursors(std::size_t shards);
std::string print_cursor(const ShardCursors& cursor);
// nullopt: empty, or not of this version.
std::optional<ShardCursors> parse_cursor(std::string_view text);

}  // namespace layer::features::pages
