// The inverted index of one full-text attribute in one segment: terms sorted by bytes, postings in
// blocks with what is needed to bound their scores, positions, field lengths.
// Layout: docs/formats/segment.md. Thread safety: immutable; cursors belong to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/doc_set.h"
#include "engine/segment/posting_cursor.h"

namespace layer::engine::segment {

using TermId = std::uint32_t;

// Tokens of the field by document, in the narrowest width that holds the longest. Inlined by the
// scoring loop.
class LengthView {
 public:
  LengthView() = default;  // every length is 0
  // `width`: 1, 2 or 4 bytes, or 0 for none.
  LengthView(const std::byte* data, std::uint32_t width) : data_(data), width_(width) {}

  std::uint32_t operator[](DocId doc) const {
    switch (width_) {
      case 1:
        return static_cast<std::uint8_t>(data_[doc]);
      case 2:
        return reinterpret_cast<const std::uint16_t*>(data_)[doc];
      case 4:
        return reinterpret_cast<const std::uint32_t*>(data_)[doc];
      default:
        return 0;
    }
  }
  std::uint32_t width() const { return width_; }
  const std::byte* data() const { return data_; }

 private:
  const std::byte* data_ = nullptr;
  std::uint32_t width_ = 0;
};

class TextIndex {
 public:
  virtual ~TextIndex() = default;

  // Documents that have the field (at least one token), deleted ones included, and their tokens.
  virtual DocId documents() const = 0;
  virtual std::uint64_t total_tokens() const = 0;
  virtual std::uint32_t length(DocId doc) const = 0;  // tokens of the field, 0: no field
  virtual LengthView lengths() const = 0;             // the same for loops

  virtual TermId terms() const = 0;
  virtual std::string_view term(TermId id) const = 0;
  virtual std::optional<TermId> find(std::string_view term) const = 0;
  virtual std::pair<TermId, TermId> prefix_range(
      std::string_view prefix) const = 0;  // [begin, end)

  virtual std::uint32_t document_frequency(TermId id) const = 0;  // deleted documents included
  virtual PostingCursor postings(TermId id) const = 0;
  // All documents of a term, for filters and statistics.
  virtual void documents_of(TermId id, std::vector<DocId>& out) const = 0;
  // Token positions of a term in a document that has it.
  virtual void positions(TermId id, DocId doc, std::vector<std::uint32_t>& out) const = 0;
};

}  // namespace layer::engine::segment
