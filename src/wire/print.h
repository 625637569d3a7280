// Responses as the store prints them: exact integers, shortest f32 and f64 decimals, non-ASCII
// unescaped.
#pragma once

#include <string>
#include <string_view>

#include "core/error.h"
#include "wire/response.h"
#include "wire/schema.h"

namespace layer::wire {

std::string print(const QueryResponse& response);
std::string print(const WriteResponse& response);
std::string print(const RecallResponse& response, VectorEncoding encoding = VectorEncoding::kFloat);
// Schema as GET and POST /v1/namespaces/{ns}/schema answer it (10.4 of the wire), and as the
// `schema` member of metadata (10.5).
std::string print_schema(const Schema& schema);
std::string print_schema_for_metadata(const Schema& schema);
// {"status":"error","error":"<message>"} plus "attribute" when the error names one.
std::string print_error(const Error& error);

// Bytes the rows count for in billable_logical_bytes_returned.
std::uint64_t returned_bytes(const Rows& rows);

}  // namespace layer::wire
