#include "engine/segment/sparse_reader.h"

#include <algorithm>

#include "engine/segment/bitmap.h"

namespace layer::engine::segment {

Result<StoredSparseIndex> StoredSparseIndex::open(const storage::Blob& blob,
                                                  std::span<const std::byte> section,
                                                  DocId documents) {
  LAYER_ASSIGN(const PartsView parts, PartsView::open(blob, section, kSparseParts));
  StoredSparseIndex index(documents);
  LAYER_ASSIGN(index.dimensions_, StringTable::open(parts, kSparseDimensions));
  LAYER_ASSIGN(index.starts_,
               parts.array<std::uint32_t>(kSparseStarts, index.dimensions_.size() + 1));
  LAYER_ASSIGN(index.docs_, parts.array<DocId>(kSparseDocuments));
  LAYER_ASSIGN(index.weights_, parts.array<float>(kSparseWeights, index.docs_.size()));
  LAYER_ASSIGN(index.present_, open_bitmap(parts, kSparsePresent, documents));
  if (index.starts_.front() != 0 || index.starts_.back() != index.docs_.size() ||
      !std::ranges::is_sorted(index.starts_) ||
      !std::ranges::all_of(index.docs_, [&](DocId doc) { return doc < documents; })) {
    return damaged(blob, section, "the lists of a sparse vector are wrong");
  }
  return index;
}

std::optional<SparseIndex::List> StoredSparseIndex::list(std::string_view dimension) const {
  const std::size_t index = dimensions_.lower_bound(dimension);
  if (index == dimensions_.size() || dimensions_[index] != dimension) {
    return std::nullopt;
  }
  return at(index);
}

}  // namespace layer::engine::segment
