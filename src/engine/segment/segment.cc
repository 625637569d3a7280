#include "engine/segment/segment.h"

#include <algorithm>
#include <utility>

#include "engine/segment/row_codec.h"
#include "engine/segment/stored_segment.h"
#include "engine/segment/structures.h"

namespace layer::engine::segment {
namespace {

using storage::SectionKind;

// Opens the section of a structure, or makes an empty one when no document needed it.
template <class T, class Open, class Empty>
Result<std::unique_ptr<T>> open_or_empty(const storage::SectionReader& sections,
                                         storage::SectionKey key, Open&& open, Empty&& empty) {
  if (!sections.has(key)) {
    return std::make_unique<T>(empty());
  }
  LAYER_ASSIGN(T opened, open(sections.section(key)));
  return std::make_unique<T>(std::move(opened));
}

}  // namespace

Result<std::shared_ptr<const Segment>> Segment::open(std::shared_ptr<const storage::Blob> blob) {
  return StoredSegment::open(std::move(blob));
}

Result<std::shared_ptr<const StoredSegment>> StoredSegment::open(
    std::shared_ptr<const storage::Blob> blob) {
  auto segment = std::make_shared<StoredSegment>();
  LAYER_ASSIGN(segment->sections_, storage::SectionReader::open(std::move(blob)));
  LAYER_TRY(segment->sections_.verify());
  LAYER_ASSIGN(segment->meta_, read_meta(segment->sections_));
  const Meta& meta = segment->meta_;
  LAYER_ASSIGN(segment->ids_, IdIndex::open(segment->sections_, meta.id_type, meta.documents));
  LAYER_ASSIGN(segment->rows_, RowStore::open(segment->sections_, meta.documents));
  segment->structures_.resize(meta.schema.attributes().size());
  for (AttrId attr = 0; attr < segment->structures_.size(); ++attr) {
    LAYER_TRY(segment->open_attribute(attr));
  }
  return segment;
}

Result<void> StoredSegment::open_attribute(AttrId attr) {
  const wire::Attribute& attribute = meta_.schema.at(attr);
  const storage::Blob& blob = *sections_.blob();
  const DocId documents = meta_.documents;
  Structures& structures = structures_[attr];
  if (wants_column(attribute)) {
    LAYER_ASSIGN(structures.column,
                 open_or_empty<DictionaryColumn>(
                     sections_, {.kind = SectionKind::kColumn, .attr = attr},
                     [&](auto bytes) {
                       return DictionaryColumn::open(blob, bytes, attribute.type, documents);
                     },
                     [&] { return DictionaryColumn(attribute.type, documents); }));
  }
  if (wants_text(attribute)) {
    LAYER_ASSIGN(structures.text,
                 open_or_empty<StoredTextIndex>(
                     sections_, {.kind = SectionKind::kText, .attr = attr},
                     [&](auto bytes) { return StoredTextIndex::open(blob, bytes, documents); },
                     [] { return StoredTextIndex(); }));
  }
  if (wants_sparse(attribute)) {
    LAYER_ASSIGN(structures.sparse,
                 open_or_empty<StoredSparseIndex>(
                     sections_, {.kind = SectionKind::kSparse, .attr = attr},
                     [&](auto bytes) { return StoredSparseIndex::open(blob, bytes, documents); },
                     [&] { return StoredSparseIndex(documents); }));
  }
  return is_dense(attribute) ? open_vectors(attr) : Result<void>{};
}

Result<void> StoredSegment::open_vectors(AttrId attr) {
  const storage::Blob& blob = *sections_.blob();
  Structures& structures = structures_[attr];
  LAYER_ASSIGN(std::optional<VectorStore> vectors,
               VectorStore::open(sections_, attr, meta_.schema.at(attr).type, meta_.documents));
  if (!vectors) {
    return {};
  }
  structures.vectors = std::make_unique<VectorStore>(std::move(*vectors));
  dense_.push_back(attr);
  const storage::SectionKey key{.kind = SectionKind::kVectorIndex, .attr = attr};
  if (!sections_.has(key)) {
    return {};
  }
  const std::span<const std::byte> section = sections_.section(key);
  if (!meta_.schema.distance_metric) {
    return damaged(blob, section, "a vector index without a distance metric");
  }
  auto index =
      vector::Index::open(section, structures.vectors->view, *meta_.schema.distance_metric);
  if (!index) {
    return damaged(blob, section, index.error().message);
  }
  structures.vector_index = *std::move(index);
  return {};
}

Result<void> StoredSegment::read_row(DocId doc, std::optional<std::span<const AttrId>> wanted,
                                     Row& out) const {
  out.id = ids_.at(doc);
  out.fields.clear();
  if (in_row_data(wanted)) {
    LAYER_TRY(decode(doc, wanted, out.fields));
  }
  add_vectors(doc, wanted, out.fields);
  return {};
}

// Whether any wanted attribute may stand in the row blocks; reading a block is the dear part.
bool StoredSegment::in_row_data(std::optional<std::span<const AttrId>> wanted) const {
  return !wanted || std::ranges::any_of(*wanted, [&](AttrId attr) {
    return attr < structures_.size() && !is_dense(meta_.schema.at(attr));
  });
}

Result<void> StoredSegment::decode(DocId doc, std::optional<std::span<const AttrId>> wanted,
                                   std::vector<Field>& out) const {
  LAYER_ASSIGN(const std::span<const std::byte> bytes, rows_.row(doc));
  ByteReader in(bytes);
  decode_row(in, structures_.size(), wanted, out);
  if (!in.ok()) {
    return damaged(*sections_.blob(), sections_.section({.kind = SectionKind::kRows}),
                   "a row cannot be read");
  }
  return {};
}

void StoredSegment::add_vectors(DocId doc, std::optional<std::span<const AttrId>> wanted,
                                std::vector<Field>& out) const {
  for (const AttrId attr : dense_) {
    const VectorStore& store = *structures_[attr].vectors;
    if ((wanted && !std::ranges::binary_search(*wanted, attr)) || !store.present.contains(doc)) {
      continue;
    }
    wire::DenseVector vector{.elements = std::vector<float>(store.view.dims)};
    vector::decode(store.view.at(doc), store.view.element, vector.elements);
    const auto at = std::ranges::lower_bound(out, attr, {}, &Field::attr);
    out.insert(at, {.attr = attr, .value = std::move(vector)});
  }
}

const DictionaryColumn* StoredSegment::column(AttrId attr) const {
  return attr < structures_.size() ? structures_[attr].column.get() : nullptr;
}

const StoredTextIndex* StoredSegment::text(AttrId attr) const {
  return attr < structures_.size() ? structures_[attr].text.get() : nullptr;
}

const StoredSparseIndex* StoredSegment::sparse(AttrId attr) const {
  return attr < structures_.size() ? structures_[attr].sparse.get() : nullptr;
}

const VectorStore* StoredSegment::vector_store(AttrId attr) const {
  return attr < structures_.size() ? structures_[attr].vectors.get() : nullptr;
}

const vector::VectorView* StoredSegment::vectors(AttrId attr) const {
  const VectorStore* store = vector_store(attr);
  return store == nullptr ? nullptr : &store->view;
}

const vector::Index* StoredSegment::vector_index(AttrId attr) const {
  return attr < structures_.size() ? structures_[attr].vector_index.get() : nullptr;
}

Result<DocSet> StoredSegment::documents_with(AttrId attr) const {
  if (attr >= structures_.size()) {
    return DocSet(meta_.documents);
  }
  const Structures& structures = structures_[attr];
  if (structures.column != nullptr) {
    return structures.column->present();
  }
  if (structures.sparse != nullptr) {
    return structures.sparse->present();
  }
  if (is_dense(meta_.schema.at(attr))) {
    return structures.vectors == nullptr ? DocSet(meta_.documents) : structures.vectors->present;
  }
  std::vector<DocId> docs;
  std::vector<Field> fields;
  for (DocId doc = 0; doc < meta_.documents; ++doc) {
    fields.clear();
    LAYER_TRY(decode(doc, std::span(&attr, 1), fields));
    if (!fields.empty()) {
      docs.push_back(doc);
    }
  }
  return DocSet::of(meta_.documents, std::move(docs));
}

}  // namespace layer::engine::segment
