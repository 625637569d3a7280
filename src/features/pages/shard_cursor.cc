#include "features/pages/shard_cursor.h"

#include <algorithm>

#include <fmt/format.h>

#include "features/documents/ids.h"
#include "json/document.h"

namespace layer::features::pages {
namespace {

constexpr std::uint64_t kVersion = 1;
constexpr std::size_t kShardsMax = 4096;

std::optional<ShardCursor> parse_shard(const json::Value& value) {
  ShardCursor shard;
  if (value.is_null()) {
    return shard;
  }
  if (value.get(shard.done) == simdjson::SUCCESS) {
    return shard;
  }
  std::uint64_t type = 0;
  if (value["type"].get(type) != simdjson::SUCCESS ||
      type > static_cast<std::uint64_t>(wire::IdType::kString)) {
    return std::nullopt;
  }
  json::Value id;
  if (value["after"].get(id) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  auto read = documents::read_id(id, static_cast<wire::IdType>(type), "cursor");
  if (!read) {
    return std::nullopt;
  }
  shard.after = std::move(*read);
  return shard;
}

}  // namespace

bool ShardCursors::done() const {
  return std::ranges::all_of(shards, &ShardCursor::done);
}

ShardCursors fresh_cursors(std::size_t shards) {
  return {.shards = std::vector<ShardCursor>(shards)};
}

std::string print_cursor(const ShardCursors& cursor) {
  std::string out = fmt::format(R"({{"v":{},"shards":[)", kVersion);
  for (const ShardCursor& shard : cursor.shards) {
    if (shard.done) {
      out += "true";
    } else if (shard.after) {
      out += fmt::format(R"({{"type":{},"after":)",
                         static_cast<unsigned>(wire::type_of(*shard.after)));
      documents::append_json(out, *shard.after);
      out += '}';
    } else {
      out += "null";
    }
    out += ',';
  }
  if (out.back() == ',') {
    out.pop_back();
  }
  return out + "]}";
}

std::optional<ShardCursors> parse_cursor(std::string_view text) {
  auto document = json::Document::parse(std::string(text));
  std::uint64_t version = 0;
  json::Array shards;
  if (!document || document->root()["v"].get(version) != simdjson::SUCCESS || version != kVersion ||
      document->root()["shards"].get(shards) != simdjson::SUCCESS || shards.size() > kShardsMax) {
    return std::nullopt;
  }
  ShardCursors cursor;
  for (const json::Value& each : shards) {
    auto shard = parse_shard(each);
    if (!shard) {
      return std::nullopt;
    }
    cursor.shards.push_back(std::move(*shard));
  }
  return cursor;
}

}  // namespace layer::features::pages
