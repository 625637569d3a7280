// A text index over the bytes of a segment. Contract: text_index.h.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.h"
#include "engine/segment/column_stream.h"
#include "engine/segment/parts.h"
#include "engine/segment/string_table.h"
#include "engine/segment/text_format.h"
#include "engine/segment/text_index.h"
#include "engine/segment/text_stream.h"

namespace layer::engine::segment {

class StoredTextIndex final : public TextIndex {
 public:
  StoredTextIndex() = default;  // no document has the field
  // Errors: kCorrupt. Cost: every term and every block is looked at, no posting is decoded.
  static Result<StoredTextIndex> open(const storage::Blob& blob, std::span<const std::byte> section,
                                      DocId documents);

  DocId documents() const override { return header_.documents; }
  std::uint64_t total_tokens() const override { return header_.total_tokens; }
  std::uint32_t length(DocId doc) const override { return lengths_[doc]; }
  LengthView lengths() const override { return lengths_; }

  TermId terms() const override { return static_cast<TermId>(entries_.size()); }
  std::string_view term(TermId id) const override { return terms_[id]; }
  std::optional<TermId> find(std::string_view term) const override;
  std::pair<TermId, TermId> prefix_range(std::string_view prefix) const override;

  std::uint32_t document_frequency(TermId id) const override {
    return entries_[id].frequency & ~kSingle;
  }
  PostingCursor postings(TermId id) const override;
  void documents_of(TermId id, std::vector<DocId>& out) const override;
  void positions(TermId id, DocId doc, std::vector<std::uint32_t>& out) const override;

  // Everything of one term, for merges.
  void read_all(TermId id, PostingList& out) const;

 private:
  Result<void> open_lengths(const PartsView& parts, DocId documents);
  Result<void> open_blocks(const PartsView& parts);
  Result<void> check_entries(const PartsView& parts, DocId documents) const;
  bool check_term(const TermEntry& entry, DocId documents) const;
  bool check_block(std::uint32_t block) const;
  std::pair<std::uint32_t, std::uint32_t> blocks_of(const TermEntry& entry) const;
  std::span<const std::byte> positions_of(std::uint32_t block) const;
  template <class F>
  void for_each_block(const TermEntry& entry, F&& visit) const;

  TextHeader header_;
  LengthView lengths_;
  StringTable terms_;
  std::span<const TermEntry> entries_;
  PostingArrays arrays_;
  std::size_t packed_bytes_ = 0;
  std::uint32_t block_count_ = 0;
  std::span<const std::uint64_t> position_offsets_;
  std::span<const std::byte> positions_;
};

// Terms of an existing index without the documents that are dropped.
class MappedTerms final : public TermStream {
 public:
  MappedTerms(const StoredTextIndex& index, DocMap map) : index_(index), map_(map) {}

  bool done() const override { return at_ == index_.terms(); }
  std::string_view key() const override { return index_.term(at_); }
  void postings(PostingList& out) override;
  void advance() override { ++at_; }

 private:
  const StoredTextIndex& index_;
  DocMap map_;
  TermId at_ = 0;
  PostingList scratch_;
};

}  // namespace layer::engine::segment
