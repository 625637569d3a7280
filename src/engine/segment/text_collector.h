// Analyses the text of rows into sorted terms with postings. Memory: 12 bytes a token and the
// distinct terms. Thread safety: one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "engine/segment/text_stream.h"
#include "engine/text/analyzer.h"
#include "wire/schema.h"

namespace layer::engine::segment {

// Distinct strings numbered in the order of their first appearance.
class TermTable {
 public:
  TermTable() : slots_(64, 0) {}
  std::uint32_t intern(std::string_view term);
  std::size_t size() const { return ends_.size() - 1; }
  std::string_view operator[](std::size_t index) const {
    return std::string_view(bytes_).substr(ends_[index], ends_[index + 1] - ends_[index]);
  }

 private:
  void grow();

  std::string bytes_;
  std::vector<std::size_t> ends_{0};
  std::vector<std::uint64_t> hashes_;
  std::vector<std::uint32_t> slots_;  // number + 1; 0: free. Open addressing, a power of two.
};

class CollectedTerms final : public TermStream {
 public:
  explicit CollectedTerms(const wire::FullTextConfig& config);

  // A string, or an array of strings whose positions run on. Documents ascend. Returns the tokens.
  // Errors: kInternal when the value is of another kind.
  Result<std::uint32_t> add(const wire::Value& value, DocId doc);
  void sort();

  bool done() const override { return at_ == order_.size(); }
  std::string_view key() const override { return terms_[order_[at_]]; }
  void postings(PostingList& out) override;
  void advance() override { ++at_; }

 private:
  struct Occurrence {
    std::uint32_t term = 0;
    DocId doc = 0;
    std::uint32_t position = 0;
  };
  std::uint32_t add_text(std::string_view text, DocId doc, std::uint32_t first_position);

  std::shared_ptr<const text::Analyzer> analyzer_;
  text::TokenStream tokens_;
  TermTable terms_;
  std::vector<Occurrence> occurrences_;  // in document order; by term after sort()
  std::vector<std::uint32_t> order_;     // terms, ascending by bytes
  std::vector<std::size_t> starts_;      // by term: its first occurrence
  std::size_t at_ = 0;
};

}  // namespace layer::engine::segment
