// The inverted lists of a sparse attribute over the bytes of a segment. Contract: segment.h.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/error.h"
#include "engine/base/doc_set.h"
#include "engine/segment/segment.h"
#include "engine/segment/string_table.h"

namespace layer::engine::segment {

enum SparsePart : std::size_t {
  kSparseDimensions,
  kSparseDimensionBytes,
  kSparseStarts,
  kSparseDocuments,
  kSparseWeights,
  kSparsePresent,
  kSparseParts,
};

class StoredSparseIndex final : public SparseIndex {
 public:
  explicit StoredSparseIndex(DocId documents) : present_(documents) {}  // no document has a value
  // Errors: kCorrupt.
  static Result<StoredSparseIndex> open(const storage::Blob& blob,
                                        std::span<const std::byte> section, DocId documents);

  std::optional<List> list(std::string_view dimension) const override;

  const DocSet& present() const { return present_; }  // an empty vector is a value, too
  std::size_t dimensions() const { return dimensions_.size(); }
  std::string_view dimension(std::size_t index) const { return dimensions_[index]; }
  List at(std::size_t index) const {
    const std::uint32_t begin = starts_[index];
    const std::uint32_t count = starts_[index + 1] - begin;
    return {.docs = docs_.subspan(begin, count), .weights = weights_.subspan(begin, count)};
  }

 private:
  DocSet present_;
  StringTable dimensions_;
  std::span<const std::uint32_t> starts_;
  std::span<const DocId> docs_;
  std::span<const float> weights_;
};

}  // namespace layer::engine::segment
