#include "engine/segment/bitmap.h"

#include <utility>

namespace layer::engine::segment {

Result<DocSet> open_bitmap(const PartsView& parts, std::size_t part, DocId documents) {
  if (parts.part(part).empty()) {
    return DocSet::all(documents);
  }
  LAYER_ASSIGN(const auto words,
               parts.array<std::uint64_t>(part, (std::uint64_t{documents} + 63) / 64));
  if (documents % 64 != 0 && words.back() >> (documents % 64) != 0) {
    return damaged(parts.blob(), parts.part(part), "a bitmap names a document that does not exist");
  }
  return DocSet::from_words(documents, {words.begin(), words.end()});
}

std::vector<std::uint64_t> bitmap_words(const DocSet& set) {
  return set.full() ? std::vector<std::uint64_t>{} : set.to_words();
}

}  // namespace layer::engine::segment
