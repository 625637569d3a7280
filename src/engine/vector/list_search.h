// One search in progress over the lists of an index: nearest lists first, one-bit codes, then
// four-bit codes; keeps the candidates for the exact pass. Thread safety: for one thread.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "engine/vector/doc_marks.h"
#include "engine/vector/ivf_index.h"
#include "engine/vector/list_ranking.h"
#include "engine/vector/scan_kernels.h"

namespace layer::engine::vector {

// The k smallest of the numbers seen.
class SmallestK {
 public:
  explicit SmallestK(std::size_t k) : k_(k) {}
  void push(float value);
  std::size_t size_wanted() const { return k_; }
  bool full() const { return heap_.size() >= k_; }
  // The k-th smallest, not negative; infinity until k were seen.
  float bound() const { return bound_; }

 private:
  std::size_t k_;
  std::vector<float> heap_;
  float bound_ = std::numeric_limits<float>::infinity();
};

class ListSearch {
 public:
  // `query` is prepared; `allowed` (null: all) is a bitmap of documents. k >= 1. All outlive this.
  ListSearch(const IndexView& view, std::span<const float> query, std::uint32_t k,
             const std::uint64_t* allowed, const Effort& effort);

  // Reads lists until the effort is spent and k candidates are found, or all lists were read.
  void probe();
  // Reads only the second-pass codes of these documents, all of which are allowed.
  void visit(std::span<const DocId> docs);

  // Documents that may be among the k nearest, each once.
  std::vector<DocId> candidates() const;
  const ListRanking& ranking() const { return ranking_; }
  const SearchStats& stats() const { return stats_; }

 private:
  struct Candidate {
    float nearest_possible;
    DocId doc;
  };

  bool is_allowed(DocId doc) const {
    return allowed_ == nullptr || (allowed_[doc / 64] >> (doc % 64) & 1) != 0;
  }
  float reach() const;
  void read_lists(std::span<const std::uint32_t> lists);
  void prefetch(std::uint32_t list) const;
  void scan_list(std::uint32_t list);
  void advance(std::uint32_t first_slot, std::span<Survivor> survivors);
  void select(std::uint32_t first_slot, std::span<const Survivor> survivors);
  void refine(std::span<const DocId> docs);

  const IndexView& view_;
  std::span<const float> query_;
  const std::uint64_t* allowed_;
  Effort effort_;

  float query_step_ = 0;
  float query_middle_ = 0;
  std::vector<std::int8_t> query_codes_;  // after the two numbers that its making sets
  std::vector<std::uint8_t> table_;
  float table_step_ = 0;
  float table_offset_ = 0;
  ListRanking ranking_;

  SmallestK nearest_;    // estimates of allowed documents
  SmallestK reference_;  // estimates of all documents, where that differs
  bool use_reference_;
  DocMarks seen_;  // read in the second pass
  std::vector<Candidate> candidates_;
  std::vector<Survivor> survivors_;
  std::vector<DocId> wanted_;
  std::vector<std::int32_t> dots_;
  SearchStats stats_;
};

}  // namespace layer::engine::vector
