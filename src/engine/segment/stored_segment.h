// A segment over the bytes of a blob. Contract: segment.h. Visible to merges, which read more than
// the interface offers.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "engine/segment/column_reader.h"
#include "engine/segment/id_index.h"
#include "engine/segment/meta.h"
#include "engine/segment/row_store.h"
#include "engine/segment/segment.h"
#include "engine/segment/sparse_reader.h"
#include "engine/segment/text_reader.h"
#include "engine/segment/vector_store.h"

namespace layer::engine::segment {

class StoredSegment final : public Segment {
 public:
  static Result<std::shared_ptr<const StoredSegment>> open(
      std::shared_ptr<const storage::Blob> blob);

  DocId size() const override { return meta_.documents; }
  std::uint64_t logical_bytes() const override { return meta_.logical_bytes; }
  std::uint64_t file_bytes() const override { return sections_.blob()->bytes().size(); }
  const wire::Schema& schema() const override { return meta_.schema; }

  wire::Id id(DocId doc) const override { return ids_.at(doc); }
  std::optional<DocId> find(const wire::Id& id) const override { return ids_.find(id); }
  DocId lower_bound(const wire::Id& id) const override { return ids_.lower_bound(id); }
  DocId upper_bound(const wire::Id& id) const override { return ids_.upper_bound(id); }

  Result<void> read_row(DocId doc, std::optional<std::span<const AttrId>> wanted,
                        Row& out) const override;

  const DictionaryColumn* column(AttrId attr) const override;
  const StoredTextIndex* text(AttrId attr) const override;
  const vector::VectorView* vectors(AttrId attr) const override;
  const vector::Index* vector_index(AttrId attr) const override;
  const StoredSparseIndex* sparse(AttrId attr) const override;
  Result<DocSet> documents_with(AttrId attr) const override;

  const IdIndex& ids() const { return ids_; }
  const RowStore& rows() const { return rows_; }
  const std::shared_ptr<const storage::Blob>& blob() const { return sections_.blob(); }
  const VectorStore* vector_store(AttrId attr) const;

 private:
  // The structures of one attribute; null: not built.
  struct Structures {
    std::unique_ptr<DictionaryColumn> column;
    std::unique_ptr<StoredTextIndex> text;
    std::unique_ptr<StoredSparseIndex> sparse;
    std::unique_ptr<VectorStore> vectors;
    std::unique_ptr<vector::Index> vector_index;
  };

  Result<void> open_attribute(AttrId attr);
  Result<void> open_vectors(AttrId attr);
  Result<void> decode(DocId doc, std::optional<std::span<const AttrId>> wanted,
                      std::vector<Field>& out) const;
  void add_vectors(DocId doc, std::optional<std::span<const AttrId>> wanted,
                   std::vector<Field>& out) const;
  bool in_row_data(std::optional<std::span<const AttrId>> wanted) const;

  Meta meta_;
  storage::SectionReader sections_;
  IdIndex ids_;
  RowStore rows_;
  std::vector<Structures> structures_;  // by attribute
  std::vector<AttrId> dense_;           // attributes with vectors, ascending
};

}  // namespace layer::engine::segment
