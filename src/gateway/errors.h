// Errors of the gateway as answers (rule E2 of the contract), printed in one place. Thread safety:
// pure functions.
#pragma once

#include <string_view>

#include "http/message.h"

namespace layer::gateway {

// {"status":"error","error":<code>,"message":...,<fields>,"trace_id":...}. Sets x-should-retry, on
// 429 and 503 retry-after and retry-after-ms (from the field "retry_after_ms", default 1 s), and
// www-authenticate on 401. `trace_id` may be empty.
http::Response error_answer(const Error& error, std::string_view trace_id);

// "details" with one entry: the member or header at fault and what is wrong with it.
Error validation_error(std::string_view field, std::string_view problem);

}  // namespace layer::gateway
