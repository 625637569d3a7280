#include "engine/query/filter_tokens.h"

#include <algorithm>

namespace layer::engine::query {
namespace {

using segment::TermId;
using segment::TextIndex;

// The terms that one query token stands for: itself, or all that start with it.
using TermRange = std::pair<TermId, TermId>;

std::vector<TermRange> ranges_of(const TextIndex& index, const TokenTest& test,
                                 const std::vector<QueryToken>& tokens) {
  std::vector<TermRange> ranges;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (test.last_as_prefix && i + 1 == tokens.size()) {
      ranges.push_back(index.prefix_range(tokens[i].text));
    } else if (const auto term = index.find(tokens[i].text)) {
      ranges.emplace_back(*term, *term + 1);
    } else {
      ranges.emplace_back(0, 0);
    }
  }
  return ranges;
}

std::uint64_t frequency(const TextIndex& index, const TermRange& range) {
  std::uint64_t total = 0;
  for (TermId term = range.first; term < range.second; ++term) {
    total += index.document_frequency(term);
  }
  return total;
}

DocSet documents_of(const TextIndex& index, const TermRange& range, DocId universe) {
  std::vector<DocId> docs;
  if (range.second - range.first == 1) {
    index.documents_of(range.first, docs);
    return DocSet::of(universe, std::move(docs));
  }
  DocSet all(universe);
  for (TermId term = range.first; term < range.second; ++term) {
    docs.clear();
    index.documents_of(term, docs);
    all |= DocSet::of(universe, docs);
  }
  return all;
}

// Ascending positions of any of the terms, for each of `docs` (ascending).
std::vector<std::vector<std::uint32_t>> positions_of(const TextIndex& index, const TermRange& range,
                                                     const std::vector<DocId>& docs) {
  std::vector<std::vector<std::uint32_t>> all(docs.size());
  std::vector<DocId> having;
  std::vector<std::uint32_t> found;
  for (TermId term = range.first; term < range.second; ++term) {
    having.clear();
    index.documents_of(term, having);
    auto at = having.begin();
    for (std::size_t i = 0; i < docs.size() && at != having.end(); ++i) {
      at = std::lower_bound(at, having.end(), docs[i]);
      if (at != having.end() && *at == docs[i]) {
        found.clear();
        index.positions(term, docs[i], found);
        all[i].insert(all[i].end(), found.begin(), found.end());
      }
    }
  }
  for (auto& positions : all) {
    std::ranges::sort(positions);
  }
  return all;
}

// Which of `docs` hold the tokens at the positions the query has them, relative to the first.
std::vector<DocId> with_sequence(const TextIndex& index, const std::vector<TermRange>& ranges,
                                 const std::vector<QueryToken>& tokens,
                                 const std::vector<DocId>& docs) {
  // Where the sequence may still begin, narrowed token by token.
  std::vector<std::vector<std::uint32_t>> starts = positions_of(index, ranges.front(), docs);
  for (std::size_t i = 1; i < tokens.size(); ++i) {
    const auto positions = positions_of(index, ranges[i], docs);
    const std::uint32_t distance = tokens[i].position - tokens.front().position;
    for (std::size_t d = 0; d < docs.size(); ++d) {
      std::erase_if(starts[d], [&](std::uint32_t start) {
        return !std::ranges::binary_search(positions[d], start + distance);
      });
    }
  }
  std::vector<DocId> kept;
  for (std::size_t d = 0; d < docs.size(); ++d) {
    if (!starts[d].empty()) {
      kept.push_back(docs[d]);
    }
  }
  return kept;
}

DocSet all_of(const TextIndex& index, std::vector<TermRange> ranges, DocId universe) {
  std::ranges::sort(ranges, {}, [&](const TermRange& range) { return frequency(index, range); });
  DocSet docs = documents_of(index, ranges.front(), universe);
  for (std::size_t i = 1; i < ranges.size() && !docs.empty(); ++i) {
    docs &= documents_of(index, ranges[i], universe);
  }
  return docs;
}

}  // namespace

DocSet token_documents(const TextIndex& index, const TokenTest& test,
                       const std::vector<QueryToken>& tokens, DocId universe) {
  if (tokens.empty()) {
    return test.mode == TokenTest::Mode::kAny ? DocSet(universe) : DocSet::all(universe);
  }
  const std::vector<TermRange> ranges = ranges_of(index, test, tokens);
  if (test.mode == TokenTest::Mode::kAny) {
    DocSet docs(universe);
    for (const TermRange& range : ranges) {
      docs |= documents_of(index, range, universe);
    }
    return docs;
  }
  DocSet docs = all_of(index, ranges, universe);
  if (test.mode == TokenTest::Mode::kAll || tokens.size() == 1) {
    return docs;
  }
  // In portions, so that positions of a common phrase need bounded memory.
  constexpr std::size_t kPortion = 16384;
  const std::vector<DocId> candidates = docs.to_vector();
  std::vector<DocId> kept;
  for (std::size_t from = 0; from < candidates.size(); from += kPortion) {
    const std::size_t to = std::min(from + kPortion, candidates.size());
    const std::vector<DocId> portion(candidates.begin() + static_cast<std::ptrdiff_t>(from),
                                     candidates.begin() + static_cast<std::ptrdiff_t>(to));
    const std::vector<DocId> passed = with_sequence(index, ranges, tokens, portion);
    kept.insert(kept.end(), passed.begin(), passed.end());
  }
  return DocSet::of(universe, std::move(kept));
}

std::uint64_t token_estimate(const TextIndex& index, const TokenTest& test, DocId universe) {
  if (test.tokens.empty()) {
    return test.mode == TokenTest::Mode::kAny ? 0 : universe;
  }
  std::uint64_t total = 0;
  std::uint64_t least = universe;
  for (const TermRange& range : ranges_of(index, test, test.tokens)) {
    const std::uint64_t count = frequency(index, range);
    total += count;
    least = std::min(least, count);
  }
  return std::min<std::uint64_t>(test.mode == TokenTest::Mode::kAny ? total : least, universe);
}

}  // namespace layer::engine::query
