#include "engine/segment/text_collector.h"

#include <xxhash.h>

#include <algorithm>
#include <numeric>
#include <variant>

namespace layer::engine::segment {

std::uint32_t TermTable::intern(std::string_view term) {
  if (hashes_.size() * 2 >= slots_.size()) {
    grow();
  }
  const std::uint64_t hash = XXH3_64bits(term.data(), term.size());
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = hash & mask;
  for (; slots_[slot] != 0; slot = (slot + 1) & mask) {
    const std::uint32_t found = slots_[slot] - 1;
    if (hashes_[found] == hash && (*this)[found] == term) {
      return found;
    }
  }
  bytes_ += term;
  ends_.push_back(bytes_.size());
  hashes_.push_back(hash);
  slots_[slot] = static_cast<std::uint32_t>(hashes_.size());
  return slots_[slot] - 1;
}

void TermTable::grow() {
  std::vector<std::uint32_t> wider(slots_.size() * 2, 0);
  const std::size_t mask = wider.size() - 1;
  for (std::size_t i = 0; i < hashes_.size(); ++i) {
    std::size_t slot = hashes_[i] & mask;
    while (wider[slot] != 0) {
      slot = (slot + 1) & mask;
    }
    wider[slot] = static_cast<std::uint32_t>(i + 1);
  }
  slots_ = std::move(wider);
}

CollectedTerms::CollectedTerms(const wire::FullTextConfig& config)
    : analyzer_(text::shared_analyzer(config)) {}

std::uint32_t CollectedTerms::add_text(std::string_view text, DocId doc,
                                       std::uint32_t first_position) {
  analyzer_->analyze(text, tokens_, first_position);
  for (const text::Token& token : tokens_.tokens()) {
    occurrences_.push_back(
        {.term = terms_.intern(token.text), .doc = doc, .position = token.position});
  }
  return static_cast<std::uint32_t>(tokens_.tokens().size());
}

Result<std::uint32_t> CollectedTerms::add(const wire::Value& value, DocId doc) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    return add_text(*text, doc, 0);
  }
  std::uint32_t count = 0;
  if (const auto* elements = std::get_if<std::vector<std::string>>(&value)) {
    std::uint32_t position = 0;
    for (const std::string& element : *elements) {
      count += add_text(element, doc, position);
      position = tokens_.next_position();
    }
  } else if (!std::holds_alternative<wire::EmptyArray>(value)) {
    return fail(ErrorCode::kInternal, "a full-text attribute holds something else than strings");
  }
  return count;
}

void CollectedTerms::sort() {
  order_.resize(terms_.size());
  std::iota(order_.begin(), order_.end(), 0U);
  std::ranges::sort(order_, {}, [this](std::uint32_t term) { return terms_[term]; });
  // A counting sort by term keeps documents and positions ascending.
  starts_.assign(terms_.size() + 1, 0);
  for (const Occurrence& occurrence : occurrences_) {
    ++starts_[occurrence.term + 1];
  }
  std::partial_sum(starts_.begin(), starts_.end(), starts_.begin());
  std::vector<std::size_t> next(starts_.begin(), starts_.end() - 1);
  std::vector<Occurrence> sorted(occurrences_.size());
  for (const Occurrence& occurrence : occurrences_) {
    sorted[next[occurrence.term]++] = occurrence;
  }
  occurrences_ = std::move(sorted);
}

void CollectedTerms::postings(PostingList& out) {
  const std::uint32_t term = order_[at_];
  const std::size_t first = starts_[term];
  for (std::size_t i = first; i < starts_[term + 1]; ++i) {
    const Occurrence& occurrence = occurrences_[i];
    if (i == first || occurrence.doc != occurrences_[i - 1].doc) {
      out.docs.push_back(occurrence.doc);
      out.tfs.push_back(0);
    }
    ++out.tfs.back();
    out.positions.push_back(occurrence.position);
  }
}

}  // namespace layer::engine::segment
