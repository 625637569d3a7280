// Walks the postings of one term: documents ascending, with the term's frequency in each. Postings
// lie in blocks of 128; a block is decoded when it is entered, frequencies when they are first
// asked for, and seek() skips blocks unread. Each block carries bounds that hold for any BM25
// parameters, so that a scorer can skip it without decoding. No allocation.
// Thread safety: a cursor belongs to one thread; it reads memory that its segment keeps alive.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/base/doc_set.h"

namespace layer::engine::segment {

inline constexpr DocId kEndOfPostings = ~DocId{0};
inline constexpr std::uint32_t kPostingBlockSize = 128;

// No document of the block has both a higher tf and a shorter field than some impact of the block
// allows: for a score that grows with tf and falls with the length, the maximum over the impacts
// bounds every score of the block. 65535 stands for any frequency from there on; longer lengths
// are stored as 65535.
struct Impact {
  std::uint16_t tf = 0;
  std::uint16_t length = 0;

  std::uint32_t tf_bound() const { return tf == UINT16_MAX ? UINT32_MAX : tf; }
};
inline constexpr std::size_t kImpactsPerBlock = 4;
using Impacts = std::array<Impact, kImpactsPerBlock>;  // descending by tf; unused ones repeat

// As it lies in the file.
struct PostingBlock {
  std::uint32_t offset = 0;   // packed: in 16-byte units; tail: in bytes
  std::uint8_t doc_bits = 0;  // width of a packed gap, or kTailBlock
  std::uint8_t tf_bits = 0;
  std::uint8_t count = 0;  // documents, 1 to 128
  std::uint8_t reserved = 0;
  Impacts impacts{};
};
static_assert(sizeof(PostingBlock) == 24);
inline constexpr std::uint8_t kTailBlock = 255;  // variable-length bytes instead of packed bits

// The block arrays of one text index. Checked when the index is opened.
struct PostingArrays {
  const DocId* last_docs = nullptr;  // by block
  const PostingBlock* blocks = nullptr;
  const std::byte* packed = nullptr;
  std::span<const std::byte> tails;
};

class PostingCursor final {
 public:
  PostingCursor() = default;  // no postings
  // One document with frequency 1 in a field of `length` tokens.
  PostingCursor(DocId doc, std::uint32_t length);
  // `frequency` documents in blocks [begin, end); `whole`: impacts of the entire list.
  PostingCursor(const PostingArrays& arrays, std::uint32_t frequency, std::uint32_t begin,
                std::uint32_t end, const Impacts& whole);

  // The current document, kEndOfPostings after the last. A new cursor stands on the first.
  DocId doc() const { return doc_; }
  // Not at the end.
  std::uint32_t tf() {
    if (!tfs_ready_) {
      decode_frequencies();
    }
    return tfs_[index_];
  }
  DocId next() {
    if (++index_ < count_) [[likely]] {
      return doc_ = docs_[index_];
    }
    return enter_block(block_ + 1);
  }
  // The first document >= target, which may be the current one; never moves back.
  DocId seek(DocId target) {
    if (target <= doc_) {
      return doc_;
    }
    if (target <= docs_[count_ - 1]) {
      index_ = static_cast<std::uint32_t>(
          std::lower_bound(docs_.begin() + index_, docs_.begin() + count_, target) - docs_.begin());
      return doc_ = docs_[index_];
    }
    return seek_block(target);
  }
  std::uint32_t document_frequency() const { return frequency_; }

  // The documents and frequencies of the decoded block from doc() on, for loops over whole blocks;
  // skip_block() goes on to the first document after them. Not at the end.
  std::span<const DocId> block_docs() const { return {&docs_[index_], count_ - index_}; }
  std::span<const std::uint32_t> block_tfs() {
    if (!tfs_ready_) {
      decode_frequencies();
    }
    return {&tfs_[index_], count_ - index_};
  }
  DocId skip_block() { return enter_block(block_ + 1); }

  // Moves only the bounds, to the block that would hold `target`; decodes nothing and leaves doc()
  // where it is. Targets ascend. Cost: a few comparisons.
  void shallow_seek(DocId target) {
    if (target > bounds_last_) {
      move_bounds(target);
    }
  }
  // Last document of the block the bounds stand on; kEndOfPostings when there is no such block:
  // no document from `target` on has the term.
  DocId block_last_doc() const { return bounds_last_; }
  // The largest score(tf, length) in the block the bounds stand on; 0 when there is none. Score:
  // float(float tf, float length), growing with tf, falling with length. In float arithmetic a real
  // score may exceed it by rounding: compare with a margin of a few ulps.
  template <class Score>
  float block_bound(const Score& score) const {
    return bounds_last_ == kEndOfPostings ? 0.0F : largest(bounds_, score);
  }
  // The same over the entire list.
  template <class Score>
  float list_bound(const Score& score) const {
    return frequency_ == 0 ? 0.0F : largest(whole_, score);
  }

 private:
  template <class Score>
  static float largest(const Impacts& impacts, const Score& score) {
    float best = 0;
    for (const Impact& impact : impacts) {
      best = std::max(
          best, score(static_cast<float>(impact.tf_bound()), static_cast<float>(impact.length)));
    }
    return best;
  }

  DocId enter_block(std::uint32_t block);
  DocId seek_block(DocId target);
  void decode_frequencies();
  void move_bounds(DocId target);
  std::uint32_t block_of(DocId target, std::uint32_t from) const;
  DocId finish();

  PostingArrays arrays_;
  std::uint32_t frequency_ = 0;
  std::uint32_t begin_ = 0;
  std::uint32_t end_ = 0;  // begin == end: the single document, or none

  std::uint32_t block_ = 0;  // the decoded one
  std::uint32_t index_ = 0;
  std::uint32_t count_ = 1;
  DocId doc_ = kEndOfPostings;
  bool tfs_ready_ = true;

  std::uint32_t bounds_block_ = 0;
  DocId bounds_last_ = kEndOfPostings;
  Impacts bounds_{};
  Impacts whole_{};

  // One more than a block, so that an entry past the last is readable.
  alignas(16) std::array<DocId, kPostingBlockSize + 4> docs_;
  alignas(16) std::array<std::uint32_t, kPostingBlockSize + 4> tfs_;
};

}  // namespace layer::engine::segment
