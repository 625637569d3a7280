// The dense vectors of one attribute, raw and contiguous in document order, and which documents
// have one. Layout: docs/formats/segment.md.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/error.h"
#include "engine/base/doc_set.h"
#include "engine/segment/attribute_builder.h"
#include "engine/storage/sections.h"
#include "engine/vector/distance.h"
#include "wire/schema.h"

namespace layer::engine::segment {

struct VectorStore {
  vector::VectorView view;
  DocSet present;  // others are zeros

  // nullopt: no document has a vector. Errors: kCorrupt.
  static Result<std::optional<VectorStore>> open(const storage::SectionReader& sections,
                                                 AttrId attr, const wire::AttributeType& type,
                                                 DocId documents);
};

// Where a finished VectorWriter put its vectors.
struct WrittenVectors {
  std::uint64_t offset = 0;  // of the first, from the start of the sink
  DocSet present;
};

// Streams vectors into the sink, document after document.
class VectorWriter {
 public:
  VectorWriter(storage::SectionWriter& out, AttrId attr, const wire::AttributeType& type,
               DocId documents);
  Result<void> begin();
  // In document order. Errors: kInternal when the dimensions differ from the attribute's.
  Result<void> add(DocId doc, const wire::DenseVector& vector);
  Result<void> add(DocId doc, std::span<const std::byte> stored);
  // Fills up to the last document.
  Result<WrittenVectors> finish();

 private:
  Result<void> fill_to(DocId doc);

  storage::SectionWriter& out_;
  AttrId attr_;
  wire::AttributeType type_;
  DocId documents_;
  DocId next_ = 0;
  std::uint64_t offset_ = 0;
  Presence present_;
  std::vector<std::byte> buffer_;
};

}  // namespace layer::engine::segment
