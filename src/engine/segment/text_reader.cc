#include "engine/segment/text_reader.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "engine/segment/bit_pack.h"
#include "engine/segment/bytes.h"
#include "engine/segment/posting_codec.h"

namespace layer::engine::segment {
namespace {

// The decoded contents of one block.
struct BlockPostings {
  alignas(16) std::array<DocId, kPostingBlockSize> docs;
  alignas(16) std::array<std::uint32_t, kPostingBlockSize> tfs;
  std::uint32_t count = 0;
};

void read_positions(ByteReader& in, std::uint32_t count, std::vector<std::uint32_t>& out) {
  std::uint32_t position = 0;
  for (std::uint32_t i = 0; i < count && in.remaining() > 0; ++i) {
    position += static_cast<std::uint32_t>(in.varint());
    out.push_back(position);
  }
}

}  // namespace

Result<StoredTextIndex> StoredTextIndex::open(const storage::Blob& blob,
                                              std::span<const std::byte> section, DocId documents) {
  LAYER_ASSIGN(const PartsView parts, PartsView::open(blob, section, kTextParts));
  StoredTextIndex index;
  LAYER_ASSIGN(const auto header, parts.array<TextHeader>(kTextHeader, 1));
  index.header_ = header[0];
  LAYER_TRY(index.open_lengths(parts, documents));
  LAYER_ASSIGN(index.terms_, StringTable::open(parts, kTextTermOffsets));
  LAYER_ASSIGN(index.entries_, parts.array<TermEntry>(kTextEntries, index.terms_.size()));
  LAYER_TRY(index.open_blocks(parts));
  LAYER_TRY(index.check_entries(parts, documents));
  return index;
}

Result<void> StoredTextIndex::open_lengths(const PartsView& parts, DocId documents) {
  const std::uint32_t width = header_.length_width;
  const auto bytes = parts.part(kTextLengths);
  if ((width != 1 && width != 2 && width != 4) ||
      bytes.size() != std::uint64_t{documents} * width || header_.documents > documents) {
    return damaged(parts.blob(), bytes, "the lengths of a text are wrong");
  }
  lengths_ = LengthView(bytes.data(), width);
  return {};
}

Result<void> StoredTextIndex::open_blocks(const PartsView& parts) {
  LAYER_ASSIGN(const auto blocks, parts.array<PostingBlock>(kTextBlocks));
  LAYER_ASSIGN(const auto last_docs, parts.array<DocId>(kTextLastDocs, blocks.size()));
  LAYER_ASSIGN(position_offsets_,
               parts.array<std::uint64_t>(kTextPositionOffsets, blocks.size() + 1));
  positions_ = parts.part(kTextPositions);
  arrays_ = {.last_docs = last_docs.data(),
             .blocks = blocks.data(),
             .packed = parts.part(kTextPacked).data(),
             .tails = parts.part(kTextTails)};
  packed_bytes_ = parts.part(kTextPacked).size();
  block_count_ = static_cast<std::uint32_t>(blocks.size());
  if (blocks.size() != block_count_ || !std::ranges::is_sorted(position_offsets_) ||
      position_offsets_.back() > positions_.size()) {
    return damaged(parts.blob(), parts.part(kTextPositionOffsets), "position offsets are wrong");
  }
  return {};
}

bool StoredTextIndex::check_block(std::uint32_t block) const {
  const PostingBlock& at = arrays_.blocks[block];
  if (at.doc_bits == kTailBlock) {
    return at.offset <= arrays_.tails.size();
  }
  const std::uint64_t end = std::uint64_t{at.offset} * kPartAlignment + packed_bytes(at.doc_bits) +
                            packed_bytes(at.tf_bits);
  return at.doc_bits <= 32 && at.tf_bits <= 32 && end <= packed_bytes_;
}

bool StoredTextIndex::check_term(const TermEntry& entry, DocId documents) const {
  const auto [begin, end] = blocks_of(entry);
  for (std::uint32_t block = begin; block < end; ++block) {
    const bool last = block + 1 == end;
    const std::uint32_t left = entry.frequency - (block - begin) * kPostingBlockSize;
    const bool tail = last && left < kPostingBlockSize;
    const PostingBlock& at = arrays_.blocks[block];
    if (at.count != std::min(left, kPostingBlockSize) || (at.doc_bits == kTailBlock) != tail ||
        !check_block(block) || arrays_.last_docs[block] >= documents ||
        (block > begin && arrays_.last_docs[block] <= arrays_.last_docs[block - 1])) {
      return false;
    }
  }
  return true;
}

// Terms take their blocks one after the other, so that no reference can be wrong.
Result<void> StoredTextIndex::check_entries(const PartsView& parts, DocId documents) const {
  const auto wrong = [&](const TermEntry& entry) {
    return damaged(parts.blob(), std::as_bytes(std::span(&entry, 1)), "a term is wrong");
  };
  std::uint64_t next = 0;
  for (const TermEntry& entry : entries_) {
    if ((entry.frequency & kSingle) != 0) {
      if (entry.frequency != (kSingle | 1) || entry.reference >= documents) {
        return wrong(entry);
      }
      continue;
    }
    const std::uint64_t blocks =
        std::uint64_t{posting_blocks(entry.frequency)} + summary_blocks(entry.frequency);
    if (entry.frequency == 0 || entry.frequency > documents || entry.reference != next ||
        blocks > block_count_ - next || !check_term(entry, documents)) {
      return wrong(entry);
    }
    next += blocks;
  }
  if (next != block_count_) {
    return damaged(parts.blob(), parts.part(kTextBlocks), "there are more blocks than terms use");
  }
  return {};
}

std::optional<TermId> StoredTextIndex::find(std::string_view term) const {
  const std::size_t at = terms_.lower_bound(term);
  if (at == terms_.size() || terms_[at] != term) {
    return std::nullopt;
  }
  return static_cast<TermId>(at);
}

std::pair<TermId, TermId> StoredTextIndex::prefix_range(std::string_view prefix) const {
  const auto [begin, end] = terms_.prefix_range(prefix);
  return {static_cast<TermId>(begin), static_cast<TermId>(end)};
}

std::pair<std::uint32_t, std::uint32_t> StoredTextIndex::blocks_of(const TermEntry& entry) const {
  const std::uint32_t begin = entry.reference + summary_blocks(entry.frequency);
  return {begin, begin + posting_blocks(entry.frequency)};
}

std::span<const std::byte> StoredTextIndex::positions_of(std::uint32_t block) const {
  return positions_.subspan(position_offsets_[block],
                            position_offsets_[block + 1] - position_offsets_[block]);
}

PostingCursor StoredTextIndex::postings(TermId id) const {
  const TermEntry& entry = entries_[id];
  if ((entry.frequency & kSingle) != 0) {
    return PostingCursor(entry.reference, lengths_[entry.reference]);
  }
  const auto [begin, end] = blocks_of(entry);
  return PostingCursor(arrays_, entry.frequency, begin, end,
                       arrays_.blocks[entry.reference].impacts);
}

// F: void(const BlockPostings&, block). Frequencies are decoded, too.
template <class F>
void StoredTextIndex::for_each_block(const TermEntry& entry, F&& visit) const {
  const auto [begin, end] = blocks_of(entry);
  BlockPostings postings;
  for (std::uint32_t block = begin; block < end; ++block) {
    const DocId before = block == begin ? kBeforeFirst : arrays_.last_docs[block - 1];
    postings.count =
        decode_documents(arrays_, block, before, postings.docs.data(), postings.tfs.data());
    if (arrays_.blocks[block].doc_bits != kTailBlock) {
      decode_term_frequencies(arrays_, block, postings.tfs.data());
    }
    visit(postings, block);
  }
}

void StoredTextIndex::documents_of(TermId id, std::vector<DocId>& out) const {
  const TermEntry& entry = entries_[id];
  if ((entry.frequency & kSingle) != 0) {
    out.push_back(entry.reference);
    return;
  }
  const auto [begin, end] = blocks_of(entry);
  BlockPostings postings;
  for (std::uint32_t block = begin; block < end; ++block) {
    const DocId before = block == begin ? kBeforeFirst : arrays_.last_docs[block - 1];
    postings.count =
        decode_documents(arrays_, block, before, postings.docs.data(), postings.tfs.data());
    out.insert(out.end(), postings.docs.begin(), postings.docs.begin() + postings.count);
  }
}

void StoredTextIndex::positions(TermId id, DocId doc, std::vector<std::uint32_t>& out) const {
  const TermEntry& entry = entries_[id];
  if ((entry.frequency & kSingle) != 0) {
    if (entry.reference == doc) {
      out.push_back(entry.position);
    }
    return;
  }
  const auto [begin, end] = blocks_of(entry);
  const DocId* found = std::lower_bound(arrays_.last_docs + begin, arrays_.last_docs + end, doc);
  const auto block = static_cast<std::uint32_t>(found - arrays_.last_docs);
  if (block == end) {
    return;
  }
  BlockPostings postings;
  const DocId before = block == begin ? kBeforeFirst : arrays_.last_docs[block - 1];
  postings.count =
      decode_documents(arrays_, block, before, postings.docs.data(), postings.tfs.data());
  if (arrays_.blocks[block].doc_bits != kTailBlock) {
    decode_term_frequencies(arrays_, block, postings.tfs.data());
  }
  ByteReader in(positions_of(block));
  for (std::uint32_t i = 0; i < postings.count && postings.docs[i] <= doc; ++i) {
    if (postings.docs[i] == doc) {
      read_positions(in, postings.tfs[i], out);
      return;
    }
    for (std::uint32_t skipped = 0; skipped < postings.tfs[i] && in.remaining() > 0; ++skipped) {
      in.varint();
    }
  }
}

void StoredTextIndex::read_all(TermId id, PostingList& out) const {
  const TermEntry& entry = entries_[id];
  if ((entry.frequency & kSingle) != 0) {
    out.docs.push_back(entry.reference);
    out.tfs.push_back(1);
    out.positions.push_back(entry.position);
    return;
  }
  for_each_block(entry, [&](const BlockPostings& postings, std::uint32_t block) {
    ByteReader in(positions_of(block));
    for (std::uint32_t i = 0; i < postings.count; ++i) {
      const std::size_t before = out.positions.size();
      read_positions(in, postings.tfs[i], out.positions);
      // As many as there are positions, even in a damaged list.
      const auto tf = static_cast<std::uint32_t>(out.positions.size() - before);
      if (tf > 0 && (out.docs.empty() || out.docs.back() < postings.docs[i])) {
        out.docs.push_back(postings.docs[i]);
        out.tfs.push_back(tf);
      } else {
        out.positions.resize(before);
      }
    }
  });
}

void MappedTerms::postings(PostingList& out) {
  scratch_.clear();
  index_.read_all(at_, scratch_);
  std::size_t first = 0;
  for (std::size_t i = 0; i < scratch_.docs.size(); ++i) {
    const std::uint32_t tf = scratch_.tfs[i];
    if (const DocId doc = map_[scratch_.docs[i]]; doc != kDropped) {
      out.docs.push_back(doc);
      out.tfs.push_back(tf);
      const auto begin = scratch_.positions.begin() + static_cast<std::ptrdiff_t>(first);
      out.positions.insert(out.positions.end(), begin, begin + tf);
    }
    first += tf;
  }
}

}  // namespace layer::engine::segment
