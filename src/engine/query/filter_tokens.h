// Token filters over the inverted index of one segment.
// Thread safety: free functions over immutable data.
#pragma once

#include "engine/query/filter_node.h"
#include "engine/segment/text_index.h"

namespace layer::engine::query {

// Documents that pass, deleted ones included. `tokens` is the operand under the analysis that the
// index was built with. Cost: the postings of the tokens; for sequences the positions of documents
// that have them all.
DocSet token_documents(const segment::TextIndex& index, const TokenTest& test,
                       const std::vector<QueryToken>& tokens, DocId universe);

// An upper bound of their number, from document frequencies alone.
std::uint64_t token_estimate(const segment::TextIndex& index, const TokenTest& test,
                             DocId universe);

}  // namespace layer::engine::query
