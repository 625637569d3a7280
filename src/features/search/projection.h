// Which attributes the rows of a Layer query come with: never vectors (rule Q4 of the contract),
// and those that an order is read by (rule K4). Thread safety: pure functions.
#pragma once

#include <string>
#include <vector>

#include "features/search/layer_query.h"
#include "features/search/schema_cache.h"

namespace layer::features::search {

// As in legs::Leg: at most one of the two, JSON.
struct Attributes {
  std::string include{};
  std::string exclude{};
  bool dropped = false;  // a vector was named: a warning

  bool none() const;  // rows are ids only
};
// Errors: kValidation (both are given).
Result<Attributes> without_vectors(const LayerQuery& query, const SchemaPtr& schema);

// Adds `needed`; which of them rows must not show in the end.
std::vector<std::string> read_too(Attributes& attributes, const std::vector<std::string>& needed);

// The attribute of `vector` and `nearest_to_id` (rule Q2): as named, else "vector", else the only
// vector column. Errors: kValidation.
Result<std::string> vector_attribute(const LayerQuery& query, const SchemaPtr& schema);

}  // namespace layer::features::search
