// An immutable piece of a namespace: documents in ascending id order with everything needed to
// find, filter, rank and return them. The same format lies in memory (recent writes) and in mapped
// files. Thread safety: immutable after open().
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "engine/base/doc_set.h"
#include "engine/base/row.h"
#include "engine/segment/column.h"
#include "engine/segment/text_index.h"
#include "engine/storage/sections.h"
#include "engine/vector/distance.h"
#include "engine/vector/index.h"
#include "wire/schema.h"

namespace layer::engine::segment {

// Inverted lists of a sparse attribute: dimension -> (document, weight).
class SparseIndex {
 public:
  virtual ~SparseIndex() = default;
  struct List {
    std::span<const DocId> docs;     // ascending
    std::span<const float> weights;  // same length
  };
  virtual std::optional<List> list(std::string_view dimension) const = 0;
};

class Segment {
 public:
  virtual ~Segment() = default;

  // Checks the directory and, for files, every checksum. Errors: kCorrupt naming file and offset.
  static Result<std::shared_ptr<const Segment>> open(std::shared_ptr<const storage::Blob> blob);

  virtual DocId size() const = 0;  // documents, deleted ones included
  virtual std::uint64_t logical_bytes() const = 0;
  virtual std::uint64_t file_bytes() const = 0;
  // The schema the segment was built with: which structures exist. Attribute ids are the
  // namespace's.
  virtual const wire::Schema& schema() const = 0;

  virtual wire::Id id(DocId doc) const = 0;
  virtual std::optional<DocId> find(const wire::Id& id) const = 0;
  virtual DocId lower_bound(const wire::Id& id) const = 0;  // first document with an id >= `id`
  virtual DocId upper_bound(const wire::Id& id) const = 0;

  // Fills `out` with the wanted attributes (`wanted` ascending; nullopt: all), dense vectors
  // included. Errors: kCorrupt.
  virtual Result<void> read_row(DocId doc, std::optional<std::span<const AttrId>> wanted,
                                Row& out) const = 0;

  // Nullptr: the segment was built without it (attribute unknown then, or its index switched off).
  virtual const Column* column(AttrId attr) const = 0;
  virtual const TextIndex* text(AttrId attr) const = 0;
  virtual const vector::VectorView* vectors(
      AttrId attr) const = 0;  // every document has one, or none has
  virtual const vector::Index* vector_index(AttrId attr) const = 0;  // only large segments have one
  virtual const SparseIndex* sparse(AttrId attr) const = 0;
  // Documents that have a value of `attr`, whether indexed or not (from row data; may be slow).
  virtual Result<DocSet> documents_with(AttrId attr) const = 0;
};

}  // namespace layer::engine::segment
