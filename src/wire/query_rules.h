// What a query's fields ask of each other, as far as no schema is needed to say.
#pragma once

#include "core/error.h"
#include "json/document.h"
#include "wire/query.h"

namespace layer::wire {

// At least one sub-query, and within the permits that one namespace grants. Looks at the raw
// sub-queries, so that too many are refused before they are read.
Result<void> check_permits(const json::Array& queries);

// Errors: kInvalidArgument in the store's words.
Result<void> check_rules(const Query& query);

}  // namespace layer::wire
