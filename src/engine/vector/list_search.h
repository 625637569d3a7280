// One search in progress over the lists of an index: nearest lists first, one-bit codes, then
// four-bit codes; keeps the candidates for the exact pass. Thread safety: for one thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/vector/ivf_index.h"

namespace layer::engine::vector {

class ListSearch {
 public:
  // `query` is prepared; `allowed` (null: all) is a bitmap of documents. k >= 1. All outlive this.
  ListSearch(const IndexView& view, std::span<const float> query, std::uint32_t k,
             const std::uint64_t* allowed, const Effort& effort);

  // Reads lists until the effort is spent and k candidates are found, or all lists were read.
  void probe();
  // Reads only the second-pass codes of these documents, in their order.
  void visit(std::span<const DocId> docs);

  // Documents that may be among the k nearest.
  std::vector<DocId> candidates() const;
  const SearchStats& stats() const { return stats_; }

 private:
  struct Candidate {
    float estimate;
    std::uint32_t slot;
  };

  void rank_lists();
  std::uint32_t next_list();
  float list_distance(std::uint32_t list) const;
  void scan_list(std::uint32_t list, float base);
  void refine(std::span<const std::uint32_t> slots, float base);
  void keep(float estimate, std::uint32_t slot);

  const IndexView& view_;
  std::span<const float> query_;
  std::uint32_t k_;
  const std::uint64_t* allowed_;
  Effort effort_;

  float query_squared_ = 0;
  std::vector<std::uint8_t> table_;
  float table_step_ = 0;
  float table_offset_ = 0;
  std::vector<std::int8_t> query_codes_;
  float query_step_ = 0;
  float query_middle_ = 0;

  std::vector<std::uint64_t> order_;  // distance bits and list; a heap behind the sorted front
  std::size_t ordered_ = 0;
  std::size_t taken_ = 0;

  float bound_;                  // the k-th smallest estimate so far
  std::vector<float> smallest_;  // a heap of k estimates, the largest on top
  std::vector<Candidate> candidates_;
  std::vector<std::uint32_t> slots_;
  std::vector<std::int32_t> dots_;
  SearchStats stats_;
};

}  // namespace layer::engine::vector
