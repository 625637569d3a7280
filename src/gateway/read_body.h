// The body of a request that a route of the gateway's own reads whole. Thread safety: the
// exchange's loop.
#pragma once

#include <cstddef>
#include <string>

#include "gateway/exchange.h"

namespace layer::gateway {

// With its content coding undone. Errors: kPayloadTooLarge beyond `bytes_max`, and those of the
// connection.
async::Task<Result<std::string>> read_body(Exchange& exchange, std::size_t bytes_max);

}  // namespace layer::gateway
