#include "engine/query/filter_eval.h"

#include <algorithm>

#include "engine/query/filter_ranges.h"
#include "engine/query/filter_tokens.h"
#include "engine/query/segment_access.h"
#include "engine/query/values.h"
#include "engine/segment/snapshot.h"

namespace layer::engine::query {
namespace {

using Node = BoundFilter::Node;
using segment::Column;
using segment::Segment;

// Testing one document through its ordinals costs about as much as this many entries of a slice.
constexpr std::uint64_t kScanCost = 8;

DocSet id_documents(const Leaf& leaf, const Segment& segment) {
  const DocId universe = segment.size();
  if (leaf.test == Leaf::Test::kAnyOf) {
    std::vector<DocId> docs;
    for (const wire::Value& value : leaf.values) {
      if (const auto doc = segment.find(to_id(value))) {
        docs.push_back(*doc);
      }
    }
    return DocSet::of(universe, std::move(docs));
  }
  DocId begin = 0;
  DocId end = universe;
  if (leaf.lower) {
    const wire::Id id = to_id(leaf.lower->value);
    begin = leaf.lower->inclusive ? segment.lower_bound(id) : segment.upper_bound(id);
  }
  if (leaf.upper) {
    const wire::Id id = to_id(leaf.upper->value);
    end = leaf.upper->inclusive ? segment.upper_bound(id) : segment.lower_bound(id);
  }
  return interval(universe, begin, end);
}

Result<DocSet> missing_documents(const Node& node, const Segment& segment) {
  const DocId universe = segment.size();
  if (node.on_id) {
    return DocSet(universe);
  }
  if (node.attr >= segment.schema().attributes().size()) {
    return DocSet::all(universe);
  }
  if (const Column* column = segment.column(node.attr)) {
    return column->present().complement();
  }
  if (node.type.kind == wire::Kind::kMultiVector) {
    LAYER_ASSIGN(const DocSet present, segment.documents_with(node.attr));
    return present.complement();
  }
  LAYER_TRY(column_of(segment, node.attr, node.attribute));
  return DocSet::all(universe);
}

Result<DocSet> tokens_of_segment(const Node& node, const Segment& segment,
                                 const DocSet& candidates) {
  const TokenTest& test = node.leaf.tokens;
  LAYER_ASSIGN(const segment::TextIndex* index, text_of(segment, node.attr, node.attribute));
  if (index == nullptr) {
    const bool all = test.tokens.empty() && test.mode != TokenTest::Mode::kAny;
    return all ? DocSet::all(segment.size()) : DocSet(segment.size());
  }
  if (candidates.empty()) {
    return candidates;
  }
  // Until it is rebuilt a segment answers with the analysis it was built with.
  const auto& built = segment.schema().at(node.attr).full_text;
  if (built && !built->same_analysis(test.config)) {
    return token_documents(*index, test, analyze(*built, test.texts), segment.size());
  }
  return token_documents(*index, test, test.tokens, segment.size());
}

DocSet scan(const Leaf& leaf, const Column& column, const OrdinalRanges& ranges,
            const DocSet& candidates) {
  std::vector<DocId> kept;
  candidates.for_each([&](DocId doc) {
    const auto ordinals = column.ordinals(doc);
    bool hit = false;
    if (ordinals.empty()) {
      hit = leaf.or_missing && !column.present().contains(doc);
    } else {
      for (const Ordinal ordinal : ordinals) {
        hit = hit || ranges.contains(ordinal);
      }
    }
    if (hit != leaf.negate) {
      kept.push_back(doc);
    }
  });
  return DocSet::of(candidates.universe(), std::move(kept));
}

OrdinalRanges ranges_for(const Leaf& leaf, const Column& column, const DocSet& candidates) {
  if (leaf.test != Leaf::Test::kPattern) {
    return value_ranges(leaf, column);
  }
  if (candidates.count() >= column.distinct()) {
    return pattern_ranges(leaf, column);
  }
  std::vector<Ordinal> tried;
  candidates.for_each([&](DocId doc) {
    const auto ordinals = column.ordinals(doc);
    tried.insert(tried.end(), ordinals.begin(), ordinals.end());
  });
  std::ranges::sort(tried);
  const auto tail = std::ranges::unique(tried);
  tried.erase(tail.begin(), tail.end());
  return pattern_ranges(leaf, column, tried);
}

DocSet keep(DocSet candidates, DocSet positive, bool negate) {
  if (negate) {
    candidates.subtract(positive);
    return candidates;
  }
  if (candidates.full()) {
    return positive;
  }
  positive &= candidates;
  return positive;
}

Result<DocSet> restrict_values(const Node& node, const Segment& segment, DocSet candidates) {
  const Leaf& leaf = node.leaf;
  const DocId universe = segment.size();
  LAYER_ASSIGN(const Column* column, column_of(segment, node.attr, node.attribute));
  if (column == nullptr) {
    return leaf.or_missing != leaf.negate ? std::move(candidates) : DocSet(universe);
  }
  const OrdinalRanges ranges = ranges_for(leaf, *column, candidates);
  if (candidates.count() * kScanCost < ranges.entries(*column)) {
    return scan(leaf, *column, ranges, candidates);
  }
  DocSet positive = documents_in(*column, ranges, universe);
  if (leaf.or_missing) {
    positive |= column->present().complement();
  }
  return keep(std::move(candidates), std::move(positive), leaf.negate);
}

Result<DocSet> restrict_leaf(const Node& node, const Segment& segment, DocSet candidates) {
  const Leaf& leaf = node.leaf;
  const DocId universe = segment.size();
  switch (leaf.test) {
    case Leaf::Test::kNothing:
      return leaf.negate ? std::move(candidates) : DocSet(universe);
    case Leaf::Test::kEverything:
      return leaf.negate ? DocSet(universe) : std::move(candidates);
    case Leaf::Test::kMissing: {
      LAYER_ASSIGN(DocSet missing, missing_documents(node, segment));
      return keep(std::move(candidates), std::move(missing), leaf.negate);
    }
    case Leaf::Test::kTokens: {
      LAYER_ASSIGN(DocSet positive, tokens_of_segment(node, segment, candidates));
      return keep(std::move(candidates), std::move(positive), leaf.negate);
    }
    default:
      break;
  }
  if (node.on_id) {
    return keep(std::move(candidates), id_documents(leaf, segment), leaf.negate);
  }
  return restrict_values(node, segment, std::move(candidates));
}

Result<DocSet> restrict_all(const Node& node, const Segment& segment, DocSet candidates) {
  std::vector<std::pair<std::uint64_t, const Node*>> order;
  for (const Node& child : node.children) {
    order.emplace_back(estimate(child, segment), &child);
  }
  std::ranges::sort(order, {}, &std::pair<std::uint64_t, const Node*>::first);
  for (const auto& [count, child] : order) {
    LAYER_ASSIGN(candidates, restrict_to(*child, segment, std::move(candidates)));
  }
  return candidates;
}

std::uint64_t estimate_leaf(const Node& node, const Segment& segment) {
  const Leaf& leaf = node.leaf;
  const std::uint64_t universe = segment.size();
  std::uint64_t count = universe;
  switch (leaf.test) {
    case Leaf::Test::kNothing:
      count = 0;
      break;
    case Leaf::Test::kEverything:
    case Leaf::Test::kPattern:
      return universe;
    case Leaf::Test::kMissing: {
      const Column* column = node.on_id ? nullptr : segment.column(node.attr);
      count = node.on_id ? 0 : column == nullptr ? universe : universe - column->present().count();
      break;
    }
    case Leaf::Test::kTokens: {
      const segment::TextIndex* index = segment.text(node.attr);
      count = index == nullptr ? 0 : token_estimate(*index, leaf.tokens, segment.size());
      break;
    }
    case Leaf::Test::kAnyOf:
    case Leaf::Test::kRange: {
      if (node.on_id) {
        count = id_documents(leaf, segment).count();
        break;
      }
      const Column* column = segment.column(node.attr);
      count = column == nullptr ? 0 : value_ranges(leaf, *column).entries(*column);
      if (leaf.or_missing) {
        count += column == nullptr ? universe : universe - column->present().count();
      }
      break;
    }
  }
  count = std::min(count, universe);
  return leaf.negate ? universe - count : count;
}

}  // namespace

std::uint64_t estimate(const Node& node, const Segment& segment) {
  const std::uint64_t universe = segment.size();
  switch (node.kind) {
    case Node::Kind::kAnd: {
      std::uint64_t least = universe;
      for (const Node& child : node.children) {
        least = std::min(least, estimate(child, segment));
      }
      return least;
    }
    case Node::Kind::kOr: {
      std::uint64_t total = 0;
      for (const Node& child : node.children) {
        total += estimate(child, segment);
      }
      return std::min(total, universe);
    }
    case Node::Kind::kNot:
      return universe - estimate(node.children.front(), segment);
    case Node::Kind::kLeaf:
      return estimate_leaf(node, segment);
  }
  return universe;
}

Result<DocSet> restrict_to(const Node& node, const Segment& segment, DocSet candidates) {
  if (candidates.empty() && node.kind != Node::Kind::kLeaf) {
    // The children are still visited: an index that is missing is reported either way.
    for (const Node& child : node.children) {
      LAYER_TRY(restrict_to(child, segment, candidates));
    }
    return candidates;
  }
  switch (node.kind) {
    case Node::Kind::kAnd:
      return restrict_all(node, segment, std::move(candidates));
    case Node::Kind::kOr: {
      DocSet passed(candidates.universe());
      for (const Node& child : node.children) {
        LAYER_ASSIGN(const DocSet more, restrict_to(child, segment, candidates));
        passed |= more;
        candidates.subtract(more);
      }
      return passed;
    }
    case Node::Kind::kNot: {
      LAYER_ASSIGN(const DocSet inner, restrict_to(node.children.front(), segment, candidates));
      candidates.subtract(inner);
      return candidates;
    }
    case Node::Kind::kLeaf:
      return restrict_leaf(node, segment, std::move(candidates));
  }
  return candidates;
}

Result<DocSet> BoundFilter::evaluate(const SegmentView& view) const {
  LAYER_ASSIGN(DocSet docs, restrict_to(*root_, *view.segment, DocSet::all(view.segment->size())));
  docs.subtract(*view.deleted);
  return docs;
}

}  // namespace layer::engine::query
