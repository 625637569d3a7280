// The headers that the gateway adds to an answer (rules T3 and T4 of the contract). On a plain one
// they are x-layer-served-by, server-timing and traceparent, and no other. Thread safety: pure.
#pragma once

#include "gateway/exchange.h"
#include "http/headers.h"

namespace layer::gateway {

// Called once, when the answer's head is complete: the time until now is what server-timing tells.
void add_answer_headers(const Exchange& exchange, http::Headers& answer);

}  // namespace layer::gateway
