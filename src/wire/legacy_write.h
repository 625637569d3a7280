// The body of POST /v1/namespaces/{ns}, which the store still serves though no current SDK sends
// it: parallel lists of ids, vectors and attributes, or a list of upserts.
#pragma once

#include <string>

#include "core/error.h"
#include "wire/write.h"

namespace layer::wire {

// The same request in today's terms. A null vector deletes its document.
// Errors: 400 not JSON, 422 wrong shape, 400 for lists of different lengths or nothing to write.
Result<WriteRequest> parse_legacy_write(std::string body);

}  // namespace layer::wire
