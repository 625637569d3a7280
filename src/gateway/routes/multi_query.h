// What a multi-query must not ask for (rules Q1 and MQ2 of the contract). Thread safety: pure
// functions. Cost: a pass over the body.
#pragma once

#include <string_view>

#include "core/error.h"

namespace layer::gateway {

// `body` is one JSON object that has `queries`. Errors: kValidation, naming the member: a cursor on
// either level, HybridText or Auto in one of the queries.
Result<void> check_multi_query(std::string_view body);

// kValidation: /multi_query was asked for one query.
Error queries_missing();

}  // namespace layer::gateway
