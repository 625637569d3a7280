// A set of documents of one segment, by ordinal. Filters produce them, scans consume them,
// tombstones are one. Either a dense bitmap or, while few, a sorted list; callers do not see which.
// Thread safety: a value; const use from many threads.
#pragma once

#include <bit>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace layer::engine {

using DocId = std::uint32_t;  // ordinal in its segment; ascending by document id

class DocSet {
 public:
  explicit DocSet(DocId universe = 0) : universe_(universe) {}  // empty
  static DocSet all(DocId universe);
  static DocSet of(DocId universe, std::vector<DocId> sorted);          // strictly ascending
  static DocSet unsorted(DocId universe, std::span<const DocId> docs);  // duplicates allowed
  // Little-endian 64-bit words, ceil(universe / 64) of them, unused high bits zero.
  static DocSet from_words(DocId universe, std::vector<std::uint64_t> words);

  DocId universe() const { return universe_; }
  DocId count() const { return count_; }
  bool empty() const { return count_ == 0; }
  bool full() const { return count_ == universe_; }
  bool contains(DocId doc) const;

  void add(DocId doc);
  DocSet& operator&=(const DocSet& other);
  DocSet& operator|=(const DocSet& other);
  DocSet& subtract(const DocSet& other);
  DocSet complement() const;

  // Ascending. F: void(DocId).
  template <class F>
  void for_each(F&& visit) const;
  std::vector<DocId> to_vector() const;
  std::vector<std::uint64_t> to_words() const;

  // Nullptr while the set is kept as a list: a kernel that wants a bitmap asks make_dense() first.
  const std::uint64_t* words() const { return dense_ ? words_.data() : nullptr; }
  void make_dense();

 private:
  void recount();

  DocId universe_ = 0;
  DocId count_ = 0;
  bool dense_ = false;
  std::vector<DocId> list_;
  std::vector<std::uint64_t> words_;
};

template <class F>
void DocSet::for_each(F&& visit) const {
  if (!dense_) {
    for (DocId doc : list_) {
      visit(doc);
    }
    return;
  }
  for (std::size_t i = 0; i < words_.size(); ++i) {
    for (std::uint64_t word = words_[i]; word != 0; word &= word - 1) {
      visit(static_cast<DocId>(i * 64 + static_cast<unsigned>(std::countr_zero(word))));
    }
  }
}

}  // namespace layer::engine
