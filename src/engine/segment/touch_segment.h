// Reads everything a segment offers, as a query might. Test code only: damaged segments must give
// errors or answers, never touch memory that is not theirs.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/row.h"
#include "engine/segment/segment.h"

namespace layer::engine::segment {

// A digest of all answers; errors count as one.
class Touch {
 public:
  explicit Touch(const Segment& segment) : segment_(segment) { run(); }
  std::uint64_t digest() const { return digest_; }

 private:
  void mix(std::string_view text) { mix(std::hash<std::string_view>{}(text)); }
  void mix(std::uint64_t value) { digest_ = (digest_ ^ value) * 0x9E3779B97F4A7C15ULL + 1; }

  void run() {
    mix(segment_.size());
    mix(segment_.logical_bytes());
    Row row;
    for (DocId doc = 0; doc < segment_.size(); ++doc) {
      mix(segment_.find(segment_.id(doc)).value_or(segment_.size()));
      mix(segment_.upper_bound(segment_.id(doc)));
      mix(segment_.read_row(doc, std::nullopt, row).has_value() ? row.fields.size() : 99);
      for (const Field& field : row.fields) {
        mix(field.attr);
        mix(field.value.index());
        mix(wire::logical_bytes(field.value));
      }
    }
    for (AttrId attr = 0; attr < segment_.schema().attributes().size(); ++attr) {
      const auto with = segment_.documents_with(attr);
      mix(with ? with->count() : 99);
      if (const Column* column = segment_.column(attr)) {
        touch(*column);
      }
      if (const TextIndex* text = segment_.text(attr)) {
        touch(*text);
      }
      if (const vector::VectorView* view = segment_.vectors(attr)) {
        touch(*view);
      }
      if (const SparseIndex* sparse = segment_.sparse(attr)) {
        touch(*sparse);
      }
    }
  }

  void touch(const Column& column) {
    mix(column.present().count());
    for (Ordinal ordinal = 0; ordinal < column.distinct(); ++ordinal) {
      const wire::Value value = column.value(ordinal);
      mix(value.index());
      if (std::holds_alternative<std::string>(value)) {
        mix(column.string_at(ordinal));
      }
      mix(column.lower_bound(value));
      mix(column.upper_bound(value));
      for (const DocId doc : column.documents(ordinal, ordinal + 1)) {
        mix(seen_[doc % seen_.size()]++);
      }
    }
    for (DocId doc = 0; doc < segment_.size(); ++doc) {
      for (const Ordinal ordinal : column.ordinals(doc)) {
        mix(column.value(ordinal).index());
      }
    }
  }

  void touch(const TextIndex& text) {
    mix(text.documents());
    mix(text.total_tokens());
    const auto score = [](float tf, float length) { return tf / (tf + length); };
    std::vector<DocId> docs;
    std::vector<std::uint32_t> positions;
    for (TermId term = 0; term < text.terms(); ++term) {
      mix(text.term(term));
      mix(text.find(text.term(term)).value_or(text.terms()));
      docs.clear();
      text.documents_of(term, docs);
      PostingCursor cursor = text.postings(term);
      for (std::size_t left = docs.size(); left > 0 && cursor.doc() != kEndOfPostings; --left) {
        mix(cursor.doc());
        mix(cursor.tf());
        mix(text.length(cursor.doc()));
        cursor.shallow_seek(cursor.doc());
        mix(static_cast<std::uint64_t>(cursor.block_bound(score) * 1000));
        positions.clear();
        text.positions(term, cursor.doc(), positions);
        mix(positions.size());
        cursor.seek(cursor.doc() + 1);
      }
    }
  }

  void touch(const vector::VectorView& view) {
    const std::size_t bytes = view.dims * wire::element_bytes(view.element);
    for (std::size_t i = 0; i < view.count; ++i) {
      mix(static_cast<std::uint64_t>(view.at(i)[0]));
      mix(static_cast<std::uint64_t>(view.at(i)[bytes - 1]));
    }
  }

  void touch(const SparseIndex& sparse) {
    for (int i = 0; i < 20; ++i) {
      if (const auto list = sparse.list("d" + std::to_string(i))) {
        for (std::size_t j = 0; j < list->docs.size(); ++j) {
          mix(seen_[list->docs[j] % seen_.size()]++);
          mix(static_cast<std::uint64_t>(list->weights[j] > 0));
        }
      }
    }
  }

  const Segment& segment_;
  std::uint64_t digest_ = 1;
  std::vector<std::uint64_t> seen_ = std::vector<std::uint64_t>(64, 0);
};

}  // namespace layer::engine::segment
