// The body of a query as history keeps it (rule HI2 of the contract): everything but vectors.
// Thread safety: pure functions. Cost: one pass over the body; of a vector only its commas are
// counted.
#pragma once

#include <string>
#include <string_view>

namespace layer::features::capture {

struct QueryText {
  // One object: kind, field, text, vector_len, expression, nearest_to_id, top_k, filters, as_of,
  // written_before, between, include_attributes, exclude_attributes, aggregate_by, group_by; what
  // was not asked is absent. Of a multi-query: leg_count and queries. Never empty.
  std::string json = "{}";
  std::string level{};     // consistency.level; empty: none was named
  bool truncated = false;  // the body ended before its object did
};
// `body` may be cut off at its end, or no JSON at all.
QueryText describe_query(std::string_view body);

// The same with two members more: what the answer says the gateway made of a HybridText or Auto
// ranking. `hybrid` and `routing` are JSON or empty.
std::string with_echo(std::string query, std::string_view hybrid, std::string_view routing);

}  // namespace layer::features::capture
