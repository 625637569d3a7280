// Functions as the API shows them. Thread safety: pure functions.
#pragma once

#include "features/functions/function_registry.h"
#include "json/writer.h"

namespace layer::features::functions {

// {"id","spec","paused","created_at","updated_at"}
void write_function(json::Writer& out, const RegisteredFunction& function);
// The answer of GET /v2/udfs/{id}/status. `now_ms` tells whether a wait is over.
std::string print_status(const FunctionStatus& status, std::int64_t now_ms);
// {"namespace","id","state","attempts","error"?,"next_attempt_at"?}
void write_item(json::Writer& out, const queue::Item& item);
// A number or a text, whatever its kind is.
void write_id(json::Writer& out, const queue::ItemKey& key);

}  // namespace layer::features::functions
