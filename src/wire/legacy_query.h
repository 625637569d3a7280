// The first version of the query route (POST /v1/namespaces/{ns}/query): its body becomes a Query,
// its answer is an array. Thread safety: free functions.
#pragma once

#include <string>
#include <string_view>

#include "core/error.h"
#include "wire/query.h"
#include "wire/response.h"

namespace layer::wire {

struct LegacyQuery {
  Query query;
  // What a row of the answer holds besides id and dist.
  bool include_vectors = false;     // member "vector"
  bool include_attributes = false;  // member "attributes"
};

// Errors: as parse_query. The body's "vector" ranks by ANN over the attribute named vector; with
// neither a vector nor rank_by the rows come in the order of their ids.
Result<LegacyQuery> parse_legacy_query(std::string_view body);

// [{"id":..., "dist":..., "vector":[...], "attributes":{...}}, ...]; billing and performance are
// not part of this form. `response` holds the rows of one query.
std::string print_legacy(const QueryResponse& response, const LegacyQuery& legacy);

}  // namespace layer::wire
