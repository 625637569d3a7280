// A store's answer that the gateway looks at before it goes on. Thread safety: one loop.
#pragma once

#include <cstddef>

#include "http/headers.h"
#include "store/vector_store.h"

namespace layer::gateway {

// Its bytes are not the text itself.
bool is_encoded(const http::Headers& headers);

// Reads what is still to come of the answer into its body. False: it has more than `bytes_max` and
// goes on as it came. Errors: those of the answer's stream, which whoever reads on meets again.
async::Task<Result<bool>> hold_answer(store::Answer& answer, std::size_t bytes_max);

}  // namespace layer::gateway
