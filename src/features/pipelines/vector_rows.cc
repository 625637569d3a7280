#include "features/pipelines/vector_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "features/namespaces/slices.h"
#include "json/writer.h"
#include "json/wrong_member.h"

namespace layer::features::pipelines {
namespace {

using json::Token;
using json::wrong_member;
using namespaces::Member;

constexpr std::array<std::string_view, 5> kRowsMembers{
    "upsert_rows", "patch_rows", "patch_condition", "schema", "distance_metric"};

struct Row {
  std::string id;
  std::string_view vector{};
  std::string_view vectors{};
  std::string_view attributes{};
};

Result<Row> read_row(std::string_view text, std::size_t at) {
  Row row;
  const auto wrong = [&](std::string_view member, std::string_view problem) {
    return wrong_member(fmt::format("vectors[{}]{}", at, member), problem);
  };
  for (const Member& member : namespaces::members_of(text)) {
    const std::string_view value = member.value.of(text);
    if (member.value.token == Token::kNull) {
      continue;
    }
    if (member.name == "id") {
      row.id = namespaces::string_of(value);
    } else if (member.name == "vector") {
      row.vector = value;
    } else if (member.name == "vectors" && member.value.token == Token::kBeginObject) {
      row.vectors = value;
    } else if (member.name == "attributes" && member.value.token == Token::kBeginObject) {
      row.attributes = value;
    } else {
      return wrong("." + member.name.substr(0, 128),
                   "expected id, vector or vectors (an object of columns), and attributes");
    }
  }
  if (row.id.empty()) {
    return wrong(".id", "expected the id of a chunk");
  }
  if (row.vector.empty() == row.vectors.empty()) {
    return wrong(".vector", "give either vector or vectors");
  }
  return row;
}

// The worker's attributes stand over the chunk's metadata, and the vectors over both.
void put_row(json::Writer& out, const Row& row, const Chunk& chunk) {
  std::vector<std::string> named{"id"};
  const auto fresh = [&](const std::string& name) {
    if (std::ranges::find(named, name) != named.end()) {
      return false;
    }
    named.push_back(name);
    return true;
  };
  const auto put = [&](const std::string& name, std::string_view value) {
    if (fresh(name)) {
      out.key(name).raw(value);
    }
  };
  out.begin_object().member("id", row.id);
  if (!row.vector.empty()) {
    put("vector", row.vector);
  }
  for (const std::string_view members : {row.vectors, row.attributes}) {
    for (const Member& member : namespaces::members_of(members)) {
      put(member.name, member.value.of(members));
    }
  }
  if (!chunk.text.empty()) {
    put("text", chunk.text);
  }
  for (const Member& member : namespaces::members_of(chunk.metadata)) {
    put(member.name, member.value.of(chunk.metadata));
  }
  out.end_object();
}

}  // namespace

Result<std::string> write_of_vectors(std::string_view body, const std::vector<Chunk>& chunks,
                                     std::string_view distance_metric) {
  const std::string_view list = namespaces::raw_member(body, "vectors");
  if (!list.starts_with('[')) {
    return wrong_member("vectors", "expected a list");
  }
  for (const Member& member : namespaces::members_of(body)) {
    if (member.name != "vectors" && member.name != "schema") {
      return wrong_member(member.name.substr(0, 128), "unknown member");
    }
  }
  std::unordered_map<std::string_view, const Chunk*> by_id;
  for (const Chunk& chunk : chunks) {
    by_id.emplace(chunk.id, &chunk);
  }
  json::Writer out(list.size() * 2);
  out.begin_object().member("distance_metric", distance_metric);
  if (const auto schema = namespaces::raw_member(body, "schema"); !schema.empty()) {
    out.key("schema").raw(schema);
  }
  out.key("upsert_rows").begin_array();
  std::size_t at = 0;
  for (const namespaces::Slice& item : namespaces::items_of(list)) {
    LAYER_ASSIGN(const Row row, read_row(item.of(list), at));
    const auto chunk = by_id.find(row.id);
    if (chunk == by_id.end()) {
      return wrong_member(fmt::format("vectors[{}].id", at), "is no chunk of the document");
    }
    put_row(out, row, *chunk->second);
    ++at;
  }
  out.end_array().end_object();
  if (at == 0) {
    return wrong_member("vectors", "is empty");
  }
  return std::move(out).take();
}

Result<std::string> write_of_rows(std::string_view body, std::string_view distance_metric) {
  bool rows = false;
  bool upserts = false;
  bool metric = false;
  for (const Member& member : namespaces::members_of(body)) {
    if (std::ranges::find(kRowsMembers, member.name) == kRowsMembers.end()) {
      return wrong_member(member.name.substr(0, 128), "unknown member");
    }
    const bool there = member.value.token != Token::kNull;
    upserts |= there && member.name == "upsert_rows";
    rows |= there && (member.name == "upsert_rows" || member.name == "patch_rows");
    metric |= member.name == "distance_metric";
  }
  if (!rows) {
    return wrong_member("upsert_rows", "give upsert_rows or patch_rows");
  }
  std::string out(body);
  if (upserts && !metric) {
    out.insert(out.find('{') + 1, fmt::format(R"("distance_metric":"{}",)", distance_metric));
  }
  return out;
}

}  // namespace layer::features::pipelines
