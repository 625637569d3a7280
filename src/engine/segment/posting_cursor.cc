#include "engine/segment/posting_cursor.h"

#include "engine/segment/bit_pack.h"
#include "engine/segment/posting_codec.h"

namespace layer::engine::segment {
namespace {

Impact impact_of_one(std::uint32_t length) {
  return {.tf = 1, .length = static_cast<std::uint16_t>(std::min(length, 0xFFFFU))};
}

}  // namespace

PostingCursor::PostingCursor(DocId doc, std::uint32_t length)
    : frequency_(1), doc_(doc), bounds_last_(doc) {
  bounds_.fill(impact_of_one(length));
  whole_ = bounds_;
  docs_[0] = doc;
  tfs_[0] = 1;
}

PostingCursor::PostingCursor(const PostingArrays& arrays, std::uint32_t frequency,
                             std::uint32_t begin, std::uint32_t end, const Impacts& whole)
    : arrays_(arrays),
      frequency_(frequency),
      begin_(begin),
      end_(end),
      bounds_block_(begin),
      bounds_last_(arrays.last_docs[begin]),
      bounds_(arrays.blocks[begin].impacts),
      whole_(whole) {
  enter_block(begin);
}

DocId PostingCursor::finish() {
  block_ = end_;
  index_ = 0;
  count_ = 1;
  docs_[0] = kEndOfPostings;
  return doc_ = kEndOfPostings;
}

DocId PostingCursor::enter_block(std::uint32_t block) {
  if (block >= end_) {
    return finish();
  }
  block_ = block;
  index_ = 0;
  count_ = decode_documents(arrays_, block,
                            block == begin_ ? kBeforeFirst : arrays_.last_docs[block - 1],
                            docs_.data(), tfs_.data());
  // A tail holds documents and frequencies interleaved, so both are decoded.
  tfs_ready_ = arrays_.blocks[block].doc_bits == kTailBlock;
  return doc_ = docs_[0];
}

DocId PostingCursor::seek_block(DocId target) {
  const std::uint32_t block = block_of(target, std::max(block_ + 1, bounds_block_));
  if (enter_block(block) >= target) {
    return doc_;
  }
  index_ = static_cast<std::uint32_t>(
      std::lower_bound(docs_.begin(), docs_.begin() + count_, target) - docs_.begin());
  // The block's last document is >= target, unless its bytes lie about it.
  return index_ < count_ ? doc_ = docs_[index_] : enter_block(block + 1);
}

void PostingCursor::decode_frequencies() {
  decode_term_frequencies(arrays_, block_, tfs_.data());
  tfs_ready_ = true;
}

void PostingCursor::move_bounds(DocId target) {
  if (bounds_last_ == kEndOfPostings) {
    return;
  }
  const std::uint32_t block = block_of(target, bounds_block_);
  bounds_block_ = block;
  if (block >= end_) {
    bounds_last_ = kEndOfPostings;
    return;
  }
  bounds_last_ = arrays_.last_docs[block];
  bounds_ = arrays_.blocks[block].impacts;
}

// The first block at or after `from` whose last document is >= target; end_ when there is none.
// Gallops: targets are mostly near.
std::uint32_t PostingCursor::block_of(DocId target, std::uint32_t from) const {
  std::uint32_t low = from;
  std::uint32_t step = 1;
  while (low < end_ && arrays_.last_docs[std::min(low + step, end_) - 1] < target) {
    low = std::min(low + step, end_);
    step *= 2;
  }
  if (low >= end_) {
    return end_;
  }
  const DocId* last_docs = arrays_.last_docs;
  const DocId* found =
      std::lower_bound(last_docs + low, last_docs + std::min(low + step, end_), target);
  return static_cast<std::uint32_t>(found - last_docs);
}

}  // namespace layer::engine::segment
