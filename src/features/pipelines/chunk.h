// The chunks of a document as they are staged and kept (rule PL2 of the contract,
// docs/formats/pipeline-chunks.md). Thread safety: values, pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/limits.h"

namespace layer::features::pipelines {

inline constexpr std::size_t kChunksMax = 10'000;                          // of a document
inline constexpr std::size_t kDocumentBytesMax = 64 * core::limits::kMiB;  // of its request
inline constexpr std::size_t kManifestBytesMax = kDocumentBytesMax + core::limits::kMiB;

struct Chunk {
  std::string id;
  std::string text{};      // JSON string as it was written; empty: none
  std::string metadata{};  // JSON object as it was written; empty: none

  bool operator==(const Chunk&) const = default;
};

struct StagedDocument {
  std::vector<Chunk> chunks{};
  std::string stage{};
};

// {"chunks":[{"id","text"?,"metadata"?}],"stage"?}. Errors: kValidation, naming the member.
Result<StagedDocument> parse_staged(std::string_view body);

// {"v":1,"document":...,"chunks":[...]}
std::string print_manifest(std::string_view document, const std::vector<Chunk>& chunks);
// Errors: kCorrupt.
Result<std::vector<Chunk>> parse_manifest(std::string_view text);

// [{"id","text","metadata"}]
std::string print_chunks(const std::vector<Chunk>& chunks);

}  // namespace layer::features::pipelines
