// Where an export stands, shard by shard: what the spool keeps beside the lines before it. Thread
// safety: plain values, pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/id.h"

namespace layer::features::exports {

struct ShardCursor {
  std::optional<wire::Id> after{};  // rows up to it are spooled; nullopt: none
  bool done = false;

  bool operator==(const ShardCursor&) const = default;
};

struct ExportCursor {
  // One a shard as they were when the export began: a layout that changes meanwhile moves no row.
  std::vector<ShardCursor> shards{};
  bool done() const;

  bool operator==(const ExportCursor&) const = default;
};

std::string print_cursor(const ExportCursor& cursor);
// nullopt: empty, or not of this version.
std::optional<ExportCursor> parse_cursor(std::string_view text);

}  // namespace layer::features::exports
