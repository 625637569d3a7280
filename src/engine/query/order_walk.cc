#include "engine/query/order_walk.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace layer::engine::query {
namespace {

// Stops early: a page of a long listing must not cost the rest of the listing.
std::vector<DocId> smallest(const DocSet& allowed, std::size_t count) {
  const std::uint64_t* words = allowed.words();
  if (words == nullptr) {
    return allowed.to_vector();
  }
  std::vector<DocId> docs;
  docs.reserve(std::min<std::size_t>(count, allowed.count()));
  const std::size_t size = (static_cast<std::size_t>(allowed.universe()) + 63) / 64;
  for (std::size_t i = 0; i < size && docs.size() < count; ++i) {
    for (std::uint64_t word = words[i]; word != 0; word &= word - 1) {
      docs.push_back(static_cast<DocId>(i * 64 + static_cast<unsigned>(std::countr_zero(word))));
    }
  }
  return docs;
}

std::vector<DocId> by_id(bool descending, const DocSet& allowed, std::size_t count) {
  std::vector<DocId> docs;
  if (descending) {
    docs = allowed.to_vector();
    std::ranges::reverse(docs);
  } else {
    docs = smallest(allowed, count);
  }
  docs.resize(std::min(docs.size(), count));
  return docs;
}

// Collects allowed documents group by group until there are enough; the last group is taken whole,
// because the clauses after the first may order it otherwise.
class Walk {
 public:
  Walk(const DocSet& allowed, std::size_t count) : allowed_(allowed), count_(count) {}

  bool done() const { return docs_.size() >= count_; }
  void take(std::span<const DocId> group) {
    for (const DocId doc : group) {
      if (allowed_.contains(doc)) {
        docs_.push_back(doc);
      }
    }
  }
  void take_missing(const segment::Column& column) {
    DocSet missing = allowed_;
    missing.subtract(column.present());
    take(missing.to_vector());
  }
  std::vector<DocId> result() && { return std::move(docs_); }

 private:
  const DocSet& allowed_;
  std::size_t count_;
  std::vector<DocId> docs_;
};

// Documents in the order of the first clause, at least `count` if there are so many.
std::vector<DocId> walk(const segment::Column& column, bool descending, const DocSet& allowed,
                        std::size_t count) {
  Walk walk(allowed, count);
  if (!descending) {
    walk.take_missing(column);
    for (segment::Ordinal ordinal = 0; ordinal < column.distinct() && !walk.done(); ++ordinal) {
      walk.take(column.documents(ordinal, ordinal + 1));
    }
    return std::move(walk).result();
  }
  for (segment::Ordinal ordinal = column.distinct(); ordinal > 0 && !walk.done(); --ordinal) {
    walk.take(column.documents(ordinal - 1, ordinal));
  }
  if (!walk.done()) {
    walk.take_missing(column);
  }
  return std::move(walk).result();
}

void keep_first_by(const SegmentOrder& keys, std::vector<DocId>& docs, std::size_t count) {
  keep_first(docs, count, [&](DocId left, DocId right) { return keys.before(left, right); });
}

std::vector<DocId> gather(const SegmentOrder& keys, std::size_t clauses, const DocSet& allowed,
                          std::size_t count) {
  if (clauses > 1) {
    std::vector<DocId> docs = allowed.to_vector();
    keep_first_by(keys, docs, count);
    return docs;
  }
  std::vector<std::pair<std::uint64_t, DocId>> keyed;
  keyed.reserve(allowed.count());
  allowed.for_each([&](DocId doc) { keyed.emplace_back(keys.key(0, doc), doc); });
  keep_first(keyed, count, std::less<>{});
  std::vector<DocId> docs;
  docs.reserve(keyed.size());
  for (const auto& [key, doc] : keyed) {
    docs.push_back(doc);
  }
  return docs;
}

}  // namespace

OrderPath choose_order_path(std::span<const OrderBy> order, const DocSet& allowed,
                            std::size_t count) {
  // An id is unique: the clauses after it never decide.
  if (order.front().on_id) {
    return OrderPath::kIds;
  }
  const std::uint64_t visited =
      allowed.empty() ? 0 : std::uint64_t{count} * allowed.universe() / allowed.count();
  return visited < allowed.count() ? OrderPath::kWalk : OrderPath::kGather;
}

std::vector<DocId> first_in_order(const SegmentOrder& keys, std::span<const OrderBy> order,
                                  const DocSet& allowed, std::size_t count) {
  switch (choose_order_path(order, allowed, count)) {
    case OrderPath::kIds:
      return by_id(order.front().descending, allowed, count);
    case OrderPath::kWalk: {
      if (keys.column(0) == nullptr) {
        return gather(keys, order.size(), allowed, count);
      }
      std::vector<DocId> docs = walk(*keys.column(0), order.front().descending, allowed, count);
      if (order.size() > 1) {
        keep_first_by(keys, docs, count);
      }
      docs.resize(std::min(docs.size(), count));
      return docs;
    }
    case OrderPath::kGather:
      return gather(keys, order.size(), allowed, count);
  }
  return {};
}

}  // namespace layer::engine::query
