// The terms of one BM25 clause in one segment, ready to score documents.
// Thread safety: belongs to one thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "engine/query/bm25_clause.h"
#include "engine/segment/text_index.h"

namespace layer::engine::query {

// The length norm of a field, kept for the lengths that nearly all documents have.
class Norms {
 public:
  explicit Norms(const text::Bm25Weight& weight, segment::LengthView lengths);

  float operator()(DocId doc) const {
    const std::uint32_t length = lengths_[doc];
    return length < kKept ? table_[length] : weight_.norm(static_cast<float>(length));
  }

 private:
  static constexpr std::uint32_t kKept = 256;
  text::Bm25Weight weight_;
  segment::LengthView lengths_;
  std::array<float, kKept> table_{};
};

struct SegmentTerm {
  segment::PostingCursor cursor;
  text::Bm25Weight weight;
};

struct SegmentClause {
  const segment::TextIndex* index = nullptr;  // null: no document has the field
  std::vector<SegmentTerm> terms;             // of those that occur here, in the clause's order
  std::optional<std::pair<segment::TermId, segment::TermId>> prefix;
  std::optional<Norms> norms;  // set when there are terms

  std::uint64_t entries() const;  // postings of all terms, the prefix left out
};

SegmentClause open_clause(const PreparedBm25& prepared, const SegmentView& view,
                          std::uint32_t segment);

// Documents with any term or with the prefix, deleted ones included.
DocSet clause_documents(const SegmentClause& clause, DocId universe);
// Documents with the prefix alone.
DocSet prefix_documents(const SegmentClause& clause, DocId universe);

}  // namespace layer::engine::query
