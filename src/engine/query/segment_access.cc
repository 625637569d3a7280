#include "engine/query/segment_access.h"

#include <numeric>

#include "engine/query/errors.h"

namespace layer::engine::query {
namespace {

template <class Index>
Result<const Index*> checked(const segment::Segment& segment, AttrId attr, std::string_view name,
                             const Index* index) {
  const bool known = attr < segment.schema().attributes().size();
  if (index == nullptr && known && segment.size() > 0) {
    return index_missing(name);
  }
  return index;
}

}  // namespace

Result<const segment::Column*> column_of(const segment::Segment& segment, AttrId attr,
                                         std::string_view name) {
  return checked(segment, attr, name, segment.column(attr));
}

Result<const segment::TextIndex*> text_of(const segment::Segment& segment, AttrId attr,
                                          std::string_view name) {
  return checked(segment, attr, name, segment.text(attr));
}

Result<const segment::SparseIndex*> sparse_of(const segment::Segment& segment, AttrId attr,
                                              std::string_view name) {
  return checked(segment, attr, name, segment.sparse(attr));
}

DocSet interval(DocId universe, DocId begin, DocId end) {
  if (begin >= end) {
    return DocSet(universe);
  }
  if (begin == 0 && end == universe) {
    return DocSet::all(universe);
  }
  if (end - begin <= universe / 64) {
    std::vector<DocId> docs(end - begin);
    std::iota(docs.begin(), docs.end(), begin);
    return DocSet::of(universe, std::move(docs));
  }
  std::vector<std::uint64_t> words((static_cast<std::size_t>(universe) + 63) / 64, 0);
  const auto below = [](DocId bit) { return (std::uint64_t{1} << (bit % 64)) - 1; };
  for (std::size_t i = begin / 64; i <= (end - 1) / 64; ++i) {
    words[i] = ~std::uint64_t{0};
  }
  words[begin / 64] &= ~below(begin);
  if (end % 64 != 0) {
    words[end / 64] &= below(end);
  }
  return DocSet::from_words(universe, std::move(words));
}

}  // namespace layer::engine::query
