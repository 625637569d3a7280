#include "engine/segment/text_writer.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "engine/segment/bytes.h"
#include "engine/segment/merge_streams.h"
#include "engine/segment/parts.h"
#include "engine/segment/posting_codec.h"
#include "engine/segment/string_table.h"
#include "engine/segment/text_format.h"

namespace layer::engine::segment {
namespace {

class TextArrays {
 public:
  explicit TextArrays(const std::vector<std::uint32_t>& lengths) : lengths_(lengths) {}

  void add_term(std::string_view term, const PostingList& list) {
    terms_.add(term);
    const auto frequency = static_cast<std::uint32_t>(list.docs.size());
    if (frequency == 1 && list.tfs[0] == 1) {
      entries_.push_back(
          {.frequency = kSingle | 1, .reference = list.docs[0], .position = list.positions[0]});
      return;
    }
    const std::size_t first = blocks_.size();
    entries_.push_back({.frequency = frequency, .reference = static_cast<std::uint32_t>(first)});
    if (summary_blocks(frequency) != 0) {
      add_block(list.docs.back(), {});
    }
    std::size_t position = 0;
    for (std::size_t i = 0; i < frequency; i += kPostingBlockSize) {
      const std::size_t count = std::min<std::size_t>(kPostingBlockSize, frequency - i);
      block_lengths_.clear();
      for (std::size_t j = i; j < i + count; ++j) {
        block_lengths_.push_back(lengths_[list.docs[j]]);
      }
      const std::span docs(list.docs);
      const std::span tfs(list.tfs);
      add_block(docs[i + count - 1],
                encoder_.encode(i == 0 ? kBeforeFirst : docs[i - 1], docs.subspan(i, count),
                                tfs.subspan(i, count), block_lengths_));
      for (std::size_t j = i; j < i + count; ++j) {
        add_positions(std::span(list.positions).subspan(position, list.tfs[j]));
        position += list.tfs[j];
      }
    }
    if (summary_blocks(frequency) != 0) {
      summarise(first);
    }
  }

  Result<void> write(storage::SectionWriter& out, storage::SectionKey key) {
    if (!encoder_.ok() || blocks_.size() > std::numeric_limits<std::uint32_t>::max() ||
        entries_.size() > std::numeric_limits<std::uint32_t>::max()) {
      return fail(ErrorCode::kInternal, "a text index is too large for one segment");
    }
    position_offsets_.push_back(positions_.size());
    const std::vector<std::byte> narrow = narrow_lengths();
    const TextHeader header{
        .total_tokens = std::accumulate(lengths_.begin(), lengths_.end(), std::uint64_t{0}),
        .documents = static_cast<std::uint32_t>(
            std::ranges::count_if(lengths_, [](std::uint32_t length) { return length > 0; })),
        .length_width = width_};
    PartsWriter parts;
    parts.add(std::as_bytes(std::span(&header, 1)));
    parts.add_array(narrow);
    terms_.finish(parts);
    parts.add_array(entries_);
    parts.add_array(last_docs_);
    parts.add_array(blocks_);
    parts.add_array(position_offsets_);
    parts.add_array(encoder_.packed());
    parts.add_array(encoder_.tails());
    parts.add(positions_.bytes());
    return parts.write(out, key);
  }

 private:
  void add_block(DocId last, const PostingBlock& block) {
    last_docs_.push_back(last);
    blocks_.push_back(block);
    position_offsets_.push_back(positions_.size());
  }

  void add_positions(std::span<const std::uint32_t> positions) {
    std::uint32_t before = 0;
    for (const std::uint32_t position : positions) {
      positions_.varint(position - before);
      before = position;
    }
  }

  // Bounds the entire list by the bounds of its blocks.
  void summarise(std::size_t first) {
    summary_.clear();
    for (std::size_t i = first + 1; i < blocks_.size(); ++i) {
      summary_.insert(summary_.end(), blocks_[i].impacts.begin(), blocks_[i].impacts.end());
    }
    blocks_[first].impacts = reduce_impacts(summary_);
  }

  template <class T>
  std::vector<std::byte> narrowed() const {
    std::vector<std::byte> bytes(lengths_.size() * sizeof(T));
    auto* out = reinterpret_cast<T*>(bytes.data());
    std::ranges::transform(lengths_, out, [](std::uint32_t at) { return static_cast<T>(at); });
    return bytes;
  }

  std::vector<std::byte> narrow_lengths() {
    const std::uint32_t longest = lengths_.empty() ? 0 : std::ranges::max(lengths_);
    if (longest <= std::numeric_limits<std::uint8_t>::max()) {
      width_ = 1;
      return narrowed<std::uint8_t>();
    }
    if (longest <= std::numeric_limits<std::uint16_t>::max()) {
      width_ = 2;
      return narrowed<std::uint16_t>();
    }
    width_ = 4;
    return narrowed<std::uint32_t>();
  }

  const std::vector<std::uint32_t>& lengths_;
  std::uint32_t width_ = 1;
  StringTableWriter terms_;
  std::vector<TermEntry> entries_;
  std::vector<DocId> last_docs_;
  std::vector<PostingBlock> blocks_;
  std::vector<std::uint64_t> position_offsets_;
  PostingEncoder encoder_;
  ByteWriter positions_;
  std::vector<std::uint32_t> block_lengths_;
  std::vector<Impact> summary_;
};

// Postings of several streams interleave: puts them into document order.
void sort_by_document(const PostingList& list, PostingList& out) {
  struct Place {
    DocId doc;
    std::uint32_t tf;
    std::size_t position;
  };
  std::vector<Place> places(list.docs.size());
  std::size_t position = 0;
  for (std::size_t i = 0; i < places.size(); ++i) {
    places[i] = {.doc = list.docs[i], .tf = list.tfs[i], .position = position};
    position += list.tfs[i];
  }
  std::ranges::sort(places, {}, &Place::doc);
  out.clear();
  for (const Place& place : places) {
    out.docs.push_back(place.doc);
    out.tfs.push_back(place.tf);
    const auto begin = list.positions.begin() + static_cast<std::ptrdiff_t>(place.position);
    out.positions.insert(out.positions.end(), begin, begin + place.tf);
  }
}

}  // namespace

Result<void> write_text(storage::SectionWriter& out, storage::SectionKey key,
                        std::span<TermStream* const> streams,
                        const std::vector<std::uint32_t>& lengths) {
  TextArrays arrays(lengths);
  PostingList list;
  PostingList sorted;
  LAYER_TRY(merge_streams(streams, [&](std::span<TermStream* const> group) -> Result<void> {
    list.clear();
    for (TermStream* stream : group) {
      stream->postings(list);
    }
    if (list.docs.empty()) {
      return {};  // every document with the term is deleted
    }
    if (std::ranges::is_sorted(list.docs)) {
      arrays.add_term(group.front()->key(), list);
    } else {
      sort_by_document(list, sorted);
      arrays.add_term(group.front()->key(), sorted);
    }
    return {};
  }));
  return arrays.write(out, key);
}

}  // namespace layer::engine::segment
