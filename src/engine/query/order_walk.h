// The first documents of one segment in attribute order.
// Thread safety: free functions over immutable data.
#pragma once

#include <span>
#include <vector>

#include "engine/query/order_keys.h"

namespace layer::engine::query {

enum class OrderPath : std::uint8_t {
  kIds,    // the documents lie in this order
  kWalk,   // along the dictionary, until enough were found
  kGather  // keys of all allowed documents, then the best of them
};

// Walking skips documents that are not allowed: it pays while those are few beside what is wanted.
OrderPath choose_order_path(std::span<const OrderBy> order, const DocSet& allowed,
                            std::size_t count);

// At most `count`, in order.
std::vector<DocId> first_in_order(const SegmentOrder& keys, std::span<const OrderBy> order,
                                  const DocSet& allowed, std::size_t count);

}  // namespace layer::engine::query
