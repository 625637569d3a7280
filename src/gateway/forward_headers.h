// The headers of a request as the store gets them (rules T2 and N4 of the contract). Thread safety:
// pure functions. Cost: one pass, two allocations.
#pragma once

#include <string>

#include "gateway/exchange.h"
#include "http/headers.h"

namespace layer::gateway {

// End-to-end fields without x-layer-*, x-hevlayer-* and what the store states itself (host,
// authorization, lengths, expect). Accept-Encoding names gzip and identity only, traceparent is the
// exchange's. `decoded`: the body no longer has its content-encoding.
http::Headers forward_headers(const Exchange& exchange, bool decoded);

// The elements of all Accept-Encoding fields that are gzip or identity, weights kept; "identity"
// when none is left.
std::string restrict_accept_encoding(const http::Headers& headers);

}  // namespace layer::gateway
