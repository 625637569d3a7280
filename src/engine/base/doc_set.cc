#include "engine/base/doc_set.h"

#include <algorithm>
#include <cassert>
#include <iterator>

namespace layer::engine {
namespace {

// Beyond one document in 32 the list would be larger than the bitmap.
constexpr DocId kListShare = 32;

std::size_t word_count(DocId universe) {
  return (static_cast<std::size_t>(universe) + 63) / 64;
}

}  // namespace

DocSet DocSet::all(DocId universe) {
  std::vector<std::uint64_t> words(word_count(universe), ~std::uint64_t{0});
  if (universe % 64 != 0) {
    words.back() = (std::uint64_t{1} << (universe % 64)) - 1;
  }
  return from_words(universe, std::move(words));
}

DocSet DocSet::of(DocId universe, std::vector<DocId> sorted) {
  assert(std::ranges::adjacent_find(sorted, std::greater_equal<>{}) == sorted.end());
  DocSet set(universe);
  set.count_ = static_cast<DocId>(sorted.size());
  set.list_ = std::move(sorted);
  if (set.count_ > universe / kListShare) {
    set.make_dense();
  }
  return set;
}

DocSet DocSet::unsorted(DocId universe, std::span<const DocId> docs) {
  if (docs.size() > universe / kListShare) {
    std::vector<std::uint64_t> words(word_count(universe), 0);
    for (DocId doc : docs) {
      words[doc / 64] |= std::uint64_t{1} << (doc % 64);
    }
    return from_words(universe, std::move(words));
  }
  std::vector<DocId> sorted(docs.begin(), docs.end());
  std::ranges::sort(sorted);
  const auto tail = std::ranges::unique(sorted);
  sorted.erase(tail.begin(), tail.end());
  return of(universe, std::move(sorted));
}

DocSet DocSet::from_words(DocId universe, std::vector<std::uint64_t> words) {
  assert(words.size() == word_count(universe));
  DocSet set(universe);
  set.dense_ = true;
  set.words_ = std::move(words);
  set.recount();
  return set;
}

bool DocSet::contains(DocId doc) const {
  if (doc >= universe_) {
    return false;
  }
  if (dense_) {
    return (words_[doc / 64] >> (doc % 64) & 1) != 0;
  }
  return std::ranges::binary_search(list_, doc);
}

void DocSet::add(DocId doc) {
  assert(doc < universe_);
  if (!dense_) {
    const auto at = std::ranges::lower_bound(list_, doc);
    if (at != list_.end() && *at == doc) {
      return;
    }
    list_.insert(at, doc);
    ++count_;
    if (count_ > universe_ / kListShare) {
      make_dense();
    }
    return;
  }
  const std::uint64_t bit = std::uint64_t{1} << (doc % 64);
  if ((words_[doc / 64] & bit) == 0) {
    words_[doc / 64] |= bit;
    ++count_;
  }
}

DocSet& DocSet::operator&=(const DocSet& other) {
  assert(universe_ == other.universe_);
  if (dense_ && other.dense_) {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      words_[i] &= other.words_[i];
    }
    recount();
    return *this;
  }
  const DocSet& listed = dense_ ? other : *this;
  const DocSet& tested = dense_ ? *this : other;
  std::vector<DocId> kept;
  for (DocId doc : listed.list_) {
    if (tested.contains(doc)) {
      kept.push_back(doc);
    }
  }
  return *this = of(universe_, std::move(kept));
}

DocSet& DocSet::operator|=(const DocSet& other) {
  assert(universe_ == other.universe_);
  if (!dense_ && !other.dense_) {
    std::vector<DocId> merged;
    merged.reserve(list_.size() + other.list_.size());
    std::ranges::set_union(list_, other.list_, std::back_inserter(merged));
    return *this = of(universe_, std::move(merged));
  }
  make_dense();
  if (other.dense_) {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      words_[i] |= other.words_[i];
    }
  } else {
    for (DocId doc : other.list_) {
      words_[doc / 64] |= std::uint64_t{1} << (doc % 64);
    }
  }
  recount();
  return *this;
}

DocSet& DocSet::subtract(const DocSet& other) {
  assert(universe_ == other.universe_);
  if (!dense_) {
    std::erase_if(list_, [&](DocId doc) { return other.contains(doc); });
    count_ = static_cast<DocId>(list_.size());
    return *this;
  }
  if (other.dense_) {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      words_[i] &= ~other.words_[i];
    }
  } else {
    for (DocId doc : other.list_) {
      words_[doc / 64] &= ~(std::uint64_t{1} << (doc % 64));
    }
  }
  recount();
  return *this;
}

DocSet DocSet::complement() const {
  DocSet result = all(universe_);
  result.subtract(*this);
  return result;
}

std::vector<DocId> DocSet::to_vector() const {
  std::vector<DocId> docs;
  docs.reserve(count_);
  for_each([&](DocId doc) { docs.push_back(doc); });
  return docs;
}

std::vector<std::uint64_t> DocSet::to_words() const {
  DocSet copy = *this;
  copy.make_dense();
  return std::move(copy.words_);
}

void DocSet::make_dense() {
  if (dense_) {
    return;
  }
  words_.assign(word_count(universe_), 0);
  for (DocId doc : list_) {
    words_[doc / 64] |= std::uint64_t{1} << (doc % 64);
  }
  list_ = {};
  dense_ = true;
}

void DocSet::recount() {
  count_ = 0;
  for (std::uint64_t word : words_) {
    count_ += static_cast<DocId>(std::popcount(word));
  }
}

}  // namespace layer::engine
