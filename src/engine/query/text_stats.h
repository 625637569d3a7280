// What BM25 knows about the whole namespace: live documents, documents of a term, average length.
// Exact also with tombstones: what deleted documents contributed is taken off.
// Thread safety: belongs to one thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "engine/segment/snapshot.h"

namespace layer::engine::query {

// Live documents of one segment that have a term. Cost: nothing without tombstones; else the term's
// postings or one seek for each tombstone, whichever is less.
std::uint64_t live_frequency(const SegmentView& view, const segment::TextIndex& index,
                             segment::TermId term);

// Statistics of one full-text attribute over a snapshot.
class FieldStats {
 public:
  // Errors: kConflict while a segment lacks the index.
  static Result<FieldStats> collect(const Snapshot& snapshot, AttrId attr, std::string_view name);

  float documents() const { return static_cast<float>(documents_); }
  // Tokens per document that has the field; 1 where none has.
  float average_length() const;
  float document_frequency(std::string_view term) const;

 private:
  const Snapshot* snapshot_ = nullptr;
  std::vector<const segment::TextIndex*> indexes_;  // by segment; null: the segment has no field
  std::uint64_t documents_ = 0;
  std::uint64_t with_field_ = 0;
  std::uint64_t tokens_ = 0;
};

}  // namespace layer::engine::query
