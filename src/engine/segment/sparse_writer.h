// Writes the inverted lists of a sparse attribute from sorted streams of dimensions.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "engine/base/doc_set.h"
#include "engine/segment/column_stream.h"
#include "engine/segment/sparse_reader.h"
#include "engine/storage/sections.h"

namespace layer::engine::segment {

struct SparseEntry {
  DocId doc = 0;
  float weight = 0;
};

class DimensionStream {
 public:
  virtual ~DimensionStream() = default;
  virtual bool done() const = 0;
  virtual std::string_view key() const = 0;
  // Appends the entries of the current dimension, in the output's numbering.
  virtual void entries(std::vector<SparseEntry>& out) const = 0;
  virtual void advance() = 0;
};

// Vectors of rows in memory. Views the dimensions' names.
class CollectedDimensions final : public DimensionStream {
 public:
  void add(const wire::SparseVector& vector, DocId doc);
  void sort();

  bool done() const override { return at_ == entries_.size(); }
  std::string_view key() const override { return entries_[at_].dimension; }
  void entries(std::vector<SparseEntry>& out) const override;
  void advance() override { at_ = group_end(); }

 private:
  struct Named {
    std::string_view dimension;
    SparseEntry entry;
  };
  std::size_t group_end() const;

  std::vector<Named> entries_;
  std::size_t at_ = 0;
};

// Lists of an existing index.
class MappedDimensions final : public DimensionStream {
 public:
  MappedDimensions(const StoredSparseIndex& index, DocMap map) : index_(index), map_(map) {}

  bool done() const override { return at_ == index_.dimensions(); }
  std::string_view key() const override { return index_.dimension(at_); }
  void entries(std::vector<SparseEntry>& out) const override;
  void advance() override { ++at_; }

 private:
  const StoredSparseIndex& index_;
  DocMap map_;
  std::size_t at_ = 0;
};

// `present`: documents with a value. Memory: the index. Errors: of the sink; kInternal when there
// are 2^32 entries or more.
Result<void> write_sparse(storage::SectionWriter& out, storage::SectionKey key,
                          std::span<DimensionStream* const> streams, const DocSet& present);

}  // namespace layer::engine::segment
