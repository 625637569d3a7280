#include "engine/segment/posting_codec.h"

#include <algorithm>
#include <array>
#include <limits>

#include "engine/segment/bit_pack.h"
#include "engine/segment/bytes.h"

namespace layer::engine::segment {
namespace {

// With narrower gaps 128 of them cannot wrap around, given documents below 2^31: then the decoded
// documents ascend, and comparing the last one checks them all.
constexpr std::uint32_t kSafeBits = 24;
constexpr std::size_t kPackUnit = 16;

void clamp(std::span<DocId> docs, DocId last) {
  DocId before = 0;
  for (DocId& doc : docs) {
    doc = before = std::clamp(doc, before, last);
  }
}

// A gap shifted left by one, its low bit set when the frequency is 1; else the frequency follows.
void decode_tail(std::span<const std::byte> bytes, DocId before, std::span<DocId> docs,
                 std::uint32_t* tfs) {
  ByteReader in(bytes);
  for (std::size_t i = 0; i < docs.size(); ++i) {
    const std::uint64_t gap = in.varint();
    before += static_cast<DocId>(gap >> 1) + 1;
    docs[i] = before;
    tfs[i] = (gap & 1) != 0 ? 1 : static_cast<std::uint32_t>(in.varint());
  }
}

void append_varint(std::vector<std::byte>& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<std::byte>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<std::byte>(value));
}

std::uint16_t saturated(std::uint32_t value) {
  return static_cast<std::uint16_t>(std::min(value, 0xFFFFU));
}

}  // namespace

std::uint32_t decode_documents(const PostingArrays& arrays, std::uint32_t block, DocId before,
                               DocId* docs, std::uint32_t* tfs) {
  const PostingBlock& at = arrays.blocks[block];
  const DocId last = arrays.last_docs[block];
  if (at.doc_bits == kTailBlock) {
    decode_tail(arrays.tails.subspan(at.offset), before, {docs, at.count}, tfs);
    clamp({docs, at.count}, last);
    return at.count;
  }
  unpack_ascending(at.doc_bits, arrays.packed + at.offset * kPackUnit, before, docs);
  if (docs[kPostingBlockSize - 1] != last || at.doc_bits > kSafeBits) [[unlikely]] {
    clamp({docs, kPostingBlockSize}, last);
  }
  return kPostingBlockSize;
}

void decode_term_frequencies(const PostingArrays& arrays, std::uint32_t block, std::uint32_t* tfs) {
  const PostingBlock& at = arrays.blocks[block];
  const std::byte* packed = arrays.packed + (std::size_t{at.offset} + at.doc_bits) * kPackUnit;
  unpack(at.tf_bits, packed, tfs);
  for (std::uint32_t i = 0; i < kPostingBlockSize; ++i) {
    ++tfs[i];
  }
}

Impacts reduce_impacts(std::span<Impact> impacts) {
  std::ranges::sort(impacts, [](const Impact& a, const Impact& b) {
    return a.tf != b.tf ? a.tf > b.tf : a.length < b.length;
  });
  // The Pareto front: a lower tf is worth keeping only with a shorter field.
  std::size_t count = 0;
  for (const Impact& impact : impacts) {
    if (count == 0 || impact.length < impacts[count - 1].length) {
      impacts[count++] = impact;
    }
  }
  // Too many: merge the neighbours whose frequencies are nearest into one that allows both.
  for (; count > kImpactsPerBlock; --count) {
    const auto ratio = [&](std::size_t i) {
      return static_cast<float>(impacts[i].tf) / static_cast<float>(impacts[i + 1].tf);
    };
    std::size_t best = 0;
    for (std::size_t i = 1; i + 1 < count; ++i) {
      best = ratio(i) < ratio(best) ? i : best;
    }
    impacts[best].length = impacts[best + 1].length;
    const auto gone = impacts.begin() + static_cast<std::ptrdiff_t>(best) + 1;
    std::move(gone + 1, impacts.begin() + static_cast<std::ptrdiff_t>(count), gone);
  }
  Impacts result{};
  for (std::size_t i = 0; i < kImpactsPerBlock; ++i) {
    result[i] = impacts[std::min(i, count - 1)];
  }
  return result;
}

Impacts impacts_of(std::span<const std::uint32_t> tfs, std::span<const std::uint32_t> lengths) {
  std::array<Impact, kPostingBlockSize> all;
  for (std::size_t i = 0; i < tfs.size(); ++i) {
    all[i] = {.tf = saturated(tfs[i]), .length = saturated(lengths[i])};
  }
  return reduce_impacts(std::span(all).first(tfs.size()));
}

std::uint32_t PostingEncoder::place(std::uint64_t offset) {
  ok_ &= offset <= std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(offset);
}

PostingBlock PostingEncoder::encode(DocId before, std::span<const DocId> docs,
                                    std::span<const std::uint32_t> tfs,
                                    std::span<const std::uint32_t> lengths) {
  PostingBlock block{.count = static_cast<std::uint8_t>(docs.size()),
                     .impacts = impacts_of(tfs, lengths)};
  if (docs.size() < kPostingBlockSize) {
    block.doc_bits = kTailBlock;
    block.offset = place(tails_.size());
    for (std::size_t i = 0; i < docs.size(); ++i) {
      const std::uint64_t gap = docs[i] - before - 1;
      append_varint(tails_, gap << 1 | (tfs[i] == 1 ? 1 : 0));
      if (tfs[i] != 1) {
        append_varint(tails_, tfs[i]);
      }
      before = docs[i];
    }
    return block;
  }
  std::array<std::uint32_t, kPostingBlockSize> gaps;
  std::array<std::uint32_t, kPostingBlockSize> extra;
  for (std::size_t i = 0; i < docs.size(); ++i) {
    gaps[i] = docs[i] - before - 1;
    before = docs[i];
    extra[i] = tfs[i] - 1;
  }
  block.offset = place(packed_.size() / kPackUnit);
  block.doc_bits = static_cast<std::uint8_t>(bits_needed(gaps.data()));
  block.tf_bits = static_cast<std::uint8_t>(bits_needed(extra.data()));
  pack(gaps.data(), block.doc_bits, packed_);
  pack(extra.data(), block.tf_bits, packed_);
  return block;
}

}  // namespace layer::engine::segment
