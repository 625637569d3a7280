// Encoding and decoding of posting blocks. Layout: docs/formats/segment.md.
// Decoding trusts what the text index checked when it was opened (offsets, widths, last documents
// below the segment's size), and never yields a document beyond its block's last one, whatever the
// bytes say.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/segment/posting_cursor.h"

namespace layer::engine::segment {

// The document "before" the first of a list: gaps are counted from it.
inline constexpr DocId kBeforeFirst = ~DocId{0};

// Decodes the documents of a block after `before`; of a tail also the frequencies. Returns how
// many. `docs` and `tfs` hold kPostingBlockSize, 16-byte aligned.
std::uint32_t decode_documents(const PostingArrays& arrays, std::uint32_t block, DocId before,
                               DocId* docs, std::uint32_t* tfs);
// The frequencies of a packed block.
void decode_term_frequencies(const PostingArrays& arrays, std::uint32_t block, std::uint32_t* tfs);

// At most four impacts that allow every (tf, length) of a block.
Impacts impacts_of(std::span<const std::uint32_t> tfs, std::span<const std::uint32_t> lengths);
// At most four impacts that allow everything the given ones allow, of which there is at least one.
// Reorders them.
Impacts reduce_impacts(std::span<Impact> impacts);

// Encodes one block at a time.
class PostingEncoder {
 public:
  // `docs` ascend, after `before`; at most kPostingBlockSize; full blocks are packed, others become
  // tails. `lengths`: of the field, by posting.
  PostingBlock encode(DocId before, std::span<const DocId> docs, std::span<const std::uint32_t> tfs,
                      std::span<const std::uint32_t> lengths);

  const std::vector<std::byte>& packed() const { return packed_; }
  const std::vector<std::byte>& tails() const { return tails_; }
  // False: the offsets of blocks overflowed; nothing encoded since is usable.
  bool ok() const { return ok_; }

 private:
  std::uint32_t place(std::uint64_t offset);

  std::vector<std::byte> packed_;
  std::vector<std::byte> tails_;
  bool ok_ = true;
};

}  // namespace layer::engine::segment
