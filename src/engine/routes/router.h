// From a request to its endpoint and from its result to a response.
#pragma once

#include "engine/routes/call.h"
#include "wire/exchange.h"

namespace layer::engine::routes {

// Never throws and always answers: unknown paths 404, unknown methods 405 with `allow`, names of
// namespaces that cannot be 400 as plain text, failures as the wire's errors.
// Thread safety: many threads. Blocks on CPU and disk.
wire::Response dispatch(Services& services, wire::Request request);

}  // namespace layer::engine::routes
