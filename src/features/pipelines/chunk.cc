#include "features/pipelines/chunk.h"

#include <fmt/format.h>

#include <unordered_set>

#include "features/namespaces/slices.h"
#include "features/pipelines/names.h"
#include "json/document.h"
#include "json/writer.h"
#include "json/wrong_member.h"
#include "queue/document_queue.h"

namespace layer::features::pipelines {
namespace {

using json::Token;
using json::wrong_member;

constexpr std::uint32_t kManifestVersion = 1;

Result<Chunk> parse_chunk(std::string_view text, std::size_t at) {
  Chunk chunk;
  const auto wrong = [&](std::string_view member, std::string_view problem) {
    return wrong_member(fmt::format("chunks[{}]{}", at, member), problem);
  };
  if (!text.starts_with('{')) {
    return wrong("", "expected an object with an id");
  }
  for (const namespaces::Member& member : namespaces::members_of(text)) {
    const std::string_view value = member.value.of(text);
    const Token token = member.value.token;
    if (member.name == "id") {
      chunk.id = namespaces::string_of(value);
    } else if (token == Token::kNull) {
      continue;
    } else if (member.name == "text" && token == Token::kString) {
      chunk.text = value;
    } else if (member.name == "metadata" && token == Token::kBeginObject) {
      chunk.metadata = value;
    } else {
      return wrong("." + member.name.substr(0, 128),
                   "expected id, text (a string) and metadata (an object)");
    }
  }
  if (chunk.id.empty() || chunk.id.size() > core::limits::id_bytes_max) {
    return wrong(".id", fmt::format("expected a string of 1 to {} bytes, for it is the id of the "
                                    "chunk's row",
                                    core::limits::id_bytes_max));
  }
  return chunk;
}

Result<std::vector<Chunk>> parse_chunks(std::string_view list) {
  const auto items = namespaces::items_of(list);
  if (!list.starts_with('[') || items.size() > kChunksMax) {
    return wrong_member("chunks", fmt::format("expected a list of at most {}", kChunksMax));
  }
  std::vector<Chunk> chunks;
  std::unordered_set<std::string> seen;
  for (const namespaces::Slice& item : items) {
    LAYER_ASSIGN(Chunk chunk, parse_chunk(item.of(list), chunks.size()));
    if (!seen.insert(chunk.id).second) {
      return wrong_member(fmt::format("chunks[{}].id", chunks.size()), "given twice");
    }
    chunks.push_back(std::move(chunk));
  }
  return chunks;
}

void put_chunks(json::Writer& out, const std::vector<Chunk>& chunks) {
  out.begin_array();
  for (const Chunk& chunk : chunks) {
    out.begin_object().member("id", chunk.id);
    out.key("text").raw(chunk.text.empty() ? "null" : chunk.text);
    out.key("metadata").raw(chunk.metadata.empty() ? "{}" : chunk.metadata);
    out.end_object();
  }
  out.end_array();
}

}  // namespace

Result<StagedDocument> parse_staged(std::string_view body) {
  if (const auto document = json::Document::parse(std::string(body)); !document) {
    return wrong_member("body", document.error().message);
  }
  StagedDocument staged{.stage = std::string(queue::kStagePending)};
  bool chunks = false;
  for (const namespaces::Member& member : namespaces::members_of(body)) {
    const std::string_view value = member.value.of(body);
    if (member.name == "chunks") {
      LAYER_ASSIGN(staged.chunks, parse_chunks(value));
      chunks = true;
    } else if (member.name == "stage") {
      staged.stage = namespaces::string_of(value);
      LAYER_TRY(check_stage("stage", staged.stage));
    } else {
      return wrong_member(member.name.substr(0, 128), "expected chunks and stage");
    }
  }
  if (!chunks) {
    return wrong_member("chunks", "expected a list of chunks");
  }
  return staged;
}

std::string print_manifest(std::string_view document, const std::vector<Chunk>& chunks) {
  json::Writer out;
  out.begin_object().member("v", kManifestVersion).member("document", document).key("chunks");
  put_chunks(out, chunks);
  out.end_object();
  return std::move(out).take();
}

Result<std::vector<Chunk>> parse_manifest(std::string_view text) {
  auto chunks = parse_chunks(namespaces::raw_member(text, "chunks"));
  if (!chunks) {
    return fail(ErrorCode::kCorrupt, "a document's chunks: " + chunks.error().message);
  }
  for (Chunk& chunk : *chunks) {
    if (chunk.metadata == "{}") {
      chunk.metadata.clear();
    }
  }
  return chunks;
}

std::string print_chunks(const std::vector<Chunk>& chunks) {
  json::Writer out;
  put_chunks(out, chunks);
  return std::move(out).take();
}

}  // namespace layer::features::pipelines
