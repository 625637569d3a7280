// A small set of documents that only grows: an open hash table, since a bitmap of all documents
// would cost more to clear than a search takes. Thread safety: a value for one thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "engine/base/doc_set.h"

namespace layer::engine::vector {

class DocMarks {
 public:
  // False when it was there. `doc` is not the largest number.
  bool add(DocId doc) {
    if (2 * (count_ + 1) > table_.size()) {
      grow();
    }
    DocId& place = find(doc);
    if (place == doc) {
      return false;
    }
    place = doc;
    ++count_;
    return true;
  }

 private:
  static constexpr DocId kFree = 0xFFFF'FFFF;

  DocId& find(DocId doc) {
    std::size_t at = doc * 0x9E37'79B1U >> shift_;
    while (table_[at] != kFree && table_[at] != doc) {
      at = (at + 1) & (table_.size() - 1);
    }
    return table_[at];
  }
  void grow() {
    --shift_;
    const std::vector<DocId> old =
        std::exchange(table_, std::vector<DocId>(table_.size() * 2, kFree));
    for (DocId doc : old) {
      if (doc != kFree) {
        find(doc) = doc;
      }
    }
  }

  std::size_t count_ = 0;
  unsigned shift_ = 22;  // table size 2^(32 - shift)
  std::vector<DocId> table_ = std::vector<DocId>(1024, kFree);
};

}  // namespace layer::engine::vector
