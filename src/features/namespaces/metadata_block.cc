#include "features/namespaces/metadata_block.h"

#include <utility>

#include "core/text.h"
#include "features/namespaces/print.h"
#include "features/namespaces/slices.h"
#include "json/writer.h"

namespace layer::features::namespaces {
namespace {

// Rows the backfill has still to reach, by its own record of those it has done.
std::optional<std::uint64_t> backfill_lag(const LayerBlock& block) {
  const auto& layout = block.state.layout;
  if (!layout || layout->state != Layout::State::kBackfilling) {
    return 0;
  }
  if (!block.row_count) {
    return std::nullopt;
  }
  return *block.row_count > layout->migrated ? *block.row_count - layout->migrated : 0;
}

}  // namespace

std::string print_layer_block(const LayerBlock& block) {
  const auto& layout = block.state.layout;
  const bool sharded = layout && layout->shard_count > 0;
  const auto state = sharded ? layout->state : Layout::State::kUnsharded;
  const auto lag = backfill_lag(block);
  json::Writer out;
  out.begin_object();
  member_or_null(out, "stable_as_of", block.stability.stable_as_of_ms);
  out.member("is_stable", block.stability.stable);
  out.key("indexed");
  if (block.snapshot_rows && block.row_count) {
    out.value(*block.snapshot_rows >= *block.row_count);
  } else {
    out.null();
  }
  out.key("index_lag_rows").null();
  member_or_null(out, "schema_version",
                 layout ? std::optional(layout->schema_version) : std::nullopt);
  out.member("init_state", state == Layout::State::kBackfilling ? "running" : "ready");
  member_or_null(out, "init_lag_rows", lag);
  member_or_null(out, "shard_count", sharded ? std::optional(layout->shard_count) : std::nullopt);
  out.member("shard_state", name(state));
  member_or_null(out, "shard_lag_rows", lag);
  out.member("scatter_gather_active",
             state == Layout::State::kReady && layout->scatter_queries && layout->shard_count > 1);
  out.member("stamp", block.stamp);
  out.member("consistency", settings(block.route).stable ? "stable" : "eventual");
  out.key("generation").null();
  if (block.field_stats) {
    out.key("field_stats").raw(block.field_stats_json.empty() ? "null" : block.field_stats_json);
  }
  out.end_object();
  return std::move(out).take();
}

std::string splice_layer(std::string body, std::string_view name, std::string_view block) {
  json::Lexer lexer(body);
  const Slice root = next_value(lexer);
  if (root.token != json::Token::kBeginObject || !root.is_value() ||
      lexer.next() != json::Token::kEnd) {
    return body;
  }
  std::string members = members_of(body).empty() ? "" : ",";
  members += "\"id\":";
  core::append_json_string(members, name);
  members += ",\"layer\":";
  members += block;
  body.insert(root.end - 1, members);
  return body;
}

}  // namespace layer::features::namespaces
