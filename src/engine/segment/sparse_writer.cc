#include "engine/segment/sparse_writer.h"

#include <algorithm>
#include <limits>
#include <tuple>

#include "engine/segment/bitmap.h"
#include "engine/segment/merge_streams.h"

namespace layer::engine::segment {

void CollectedDimensions::add(const wire::SparseVector& vector, DocId doc) {
  for (const auto& [dimension, weight] : vector.entries) {
    entries_.push_back({.dimension = dimension, .entry = {.doc = doc, .weight = weight}});
  }
}

void CollectedDimensions::sort() {
  std::ranges::sort(entries_, {}, [](const Named& named) {
    return std::tuple(named.dimension, named.entry.doc);
  });
}

std::size_t CollectedDimensions::group_end() const {
  std::size_t end = at_;
  while (end < entries_.size() && entries_[end].dimension == entries_[at_].dimension) {
    ++end;
  }
  return end;
}

void CollectedDimensions::entries(std::vector<SparseEntry>& out) const {
  for (std::size_t i = at_, end = group_end(); i < end; ++i) {
    out.push_back(entries_[i].entry);
  }
}

void MappedDimensions::entries(std::vector<SparseEntry>& out) const {
  const SparseIndex::List list = index_.at(at_);
  for (std::size_t i = 0; i < list.docs.size(); ++i) {
    if (map_[list.docs[i]] != kDropped) {
      out.push_back({.doc = map_[list.docs[i]], .weight = list.weights[i]});
    }
  }
}

Result<void> write_sparse(storage::SectionWriter& out, storage::SectionKey key,
                          std::span<DimensionStream* const> streams, const DocSet& present) {
  StringTableWriter dimensions;
  std::vector<std::uint32_t> starts{0};
  std::vector<DocId> docs;
  std::vector<float> weights;
  std::vector<SparseEntry> entries;
  LAYER_TRY(merge_streams(streams, [&](std::span<DimensionStream* const> group) -> Result<void> {
    entries.clear();
    for (const DimensionStream* stream : group) {
      stream->entries(entries);
    }
    if (entries.empty()) {
      return {};  // every document with the dimension is deleted
    }
    if (docs.size() + entries.size() > std::numeric_limits<std::uint32_t>::max()) {
      return fail(ErrorCode::kInternal, "a sparse index has more than 2^32 entries");
    }
    std::ranges::sort(entries, {}, &SparseEntry::doc);
    for (const SparseEntry& entry : entries) {
      docs.push_back(entry.doc);
      weights.push_back(entry.weight);
    }
    dimensions.add(group.front()->key());
    starts.push_back(static_cast<std::uint32_t>(docs.size()));
    return {};
  }));
  const std::vector<std::uint64_t> words = bitmap_words(present);
  PartsWriter parts;
  dimensions.finish(parts);
  parts.add_array(starts);
  parts.add_array(docs);
  parts.add_array(weights);
  parts.add_array(words);
  return parts.write(out, key);
}

}  // namespace layer::engine::segment
