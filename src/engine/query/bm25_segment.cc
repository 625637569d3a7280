#include "engine/query/bm25_segment.h"

namespace layer::engine::query {
namespace {

class Bits {
 public:
  explicit Bits(DocId universe)
      : universe_(universe), words_((static_cast<std::size_t>(universe) + 63) / 64, 0) {}
  void set(std::span<const DocId> docs) {
    for (const DocId doc : docs) {
      words_[doc / 64] |= std::uint64_t{1} << (doc % 64);
    }
  }
  DocSet take() && { return DocSet::from_words(universe_, std::move(words_)); }

 private:
  DocId universe_;
  std::vector<std::uint64_t> words_;
};

void set_prefix(const SegmentClause& clause, Bits& bits) {
  std::vector<DocId> docs;
  for (segment::TermId term = clause.prefix->first; term < clause.prefix->second; ++term) {
    docs.clear();
    clause.index->documents_of(term, docs);
    bits.set(docs);
  }
}

}  // namespace

Norms::Norms(const text::Bm25Weight& weight, segment::LengthView lengths)
    : weight_(weight), lengths_(lengths) {
  for (std::uint32_t length = 0; length < kKept; ++length) {
    table_[length] = weight.norm(static_cast<float>(length));
  }
}

std::uint64_t SegmentClause::entries() const {
  std::uint64_t total = 0;
  for (const SegmentTerm& term : terms) {
    total += term.cursor.document_frequency();
  }
  return total;
}

SegmentClause open_clause(const PreparedBm25& prepared, const SegmentView& view,
                          std::uint32_t segment) {
  SegmentClause clause;
  clause.index = view.segment->text(prepared.attr());
  if (clause.index == nullptr) {
    return clause;
  }
  const Bm25Terms& wanted = prepared.terms(segment);
  for (const WeightedTerm& term : wanted.terms) {
    if (const auto found = clause.index->find(term.text)) {
      clause.terms.push_back({.cursor = clause.index->postings(*found), .weight = term.weight});
    }
  }
  if (wanted.prefix) {
    clause.prefix = clause.index->prefix_range(*wanted.prefix);
  }
  if (!clause.terms.empty()) {
    // The norm depends on the field alone, not on the term.
    clause.norms.emplace(clause.terms.front().weight, clause.index->lengths());
  }
  return clause;
}

DocSet clause_documents(const SegmentClause& clause, DocId universe) {
  Bits bits(universe);
  if (clause.index == nullptr) {
    return DocSet(universe);
  }
  for (const SegmentTerm& term : clause.terms) {
    segment::PostingCursor cursor = term.cursor;
    while (cursor.doc() != segment::kEndOfPostings) {
      bits.set(cursor.block_docs());
      cursor.skip_block();
    }
  }
  if (clause.prefix) {
    set_prefix(clause, bits);
  }
  return std::move(bits).take();
}

DocSet prefix_documents(const SegmentClause& clause, DocId universe) {
  Bits bits(universe);
  if (clause.index != nullptr && clause.prefix) {
    set_prefix(clause, bits);
  }
  return std::move(bits).take();
}

}  // namespace layer::engine::query
