// The fixed structures of a text section, shared by its writer and its reader. Layout:
// docs/formats/segment.md.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/segment/posting_cursor.h"

namespace layer::engine::segment {

enum TextPart : std::size_t {
  kTextHeader,
  kTextLengths,
  kTextTermOffsets,
  kTextTermBytes,
  kTextEntries,
  kTextLastDocs,
  kTextBlocks,
  kTextPositionOffsets,  // blocks + 1: where the positions of a block begin
  kTextPacked,
  kTextTails,
  kTextPositions,
  kTextParts,
};

struct TextHeader {
  std::uint64_t total_tokens = 0;
  std::uint32_t documents = 0;
  std::uint32_t length_width = 0;
};
static_assert(sizeof(TextHeader) == 16);

// One term. Most terms of a text stand in one document once: those need no block.
struct TermEntry {
  std::uint32_t frequency = 0;  // documents; kSingle: one document, in which the term stands once
  std::uint32_t reference = 0;  // first block, or the single document
  std::uint32_t position = 0;   // of the single token
};
static_assert(sizeof(TermEntry) == 12);
inline constexpr std::uint32_t kSingle = std::uint32_t{1} << 31;

// Posting blocks of a term with `frequency` documents.
constexpr std::uint32_t posting_blocks(std::uint32_t frequency) {
  return (frequency + kPostingBlockSize - 1) / kPostingBlockSize;
}
// Before the blocks of a term that has several stands one that bounds the entire list.
constexpr std::uint32_t summary_blocks(std::uint32_t frequency) {
  return frequency > kPostingBlockSize ? 1 : 0;
}

}  // namespace layer::engine::segment
