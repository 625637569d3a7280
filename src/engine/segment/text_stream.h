// Sorted terms of one attribute with their postings: what a text index is built from. One stream
// comes from the rows of a write, or from each index that is merged.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/base/doc_set.h"

namespace layer::engine::segment {

// Postings of one term, ascending by document.
struct PostingList {
  std::vector<DocId> docs;
  std::vector<std::uint32_t> tfs;
  std::vector<std::uint32_t> positions;  // tfs[0] of the first document, then tfs[1], ...

  void clear() {
    docs.clear();
    tfs.clear();
    positions.clear();
  }
};

class TermStream {
 public:
  virtual ~TermStream() = default;
  virtual bool done() const = 0;
  virtual std::string_view key() const = 0;
  // Appends the postings of the current term, in the output's numbering of documents.
  virtual void postings(PostingList& out) = 0;
  virtual void advance() = 0;
};

}  // namespace layer::engine::segment
