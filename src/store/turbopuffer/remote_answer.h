// A store's response as an answer: end-to-end headers, and a body whose errors are the store's.
// Thread safety: plain functions; bodies one loop.
#pragma once

#include <string_view>

#include "http/client.h"
#include "store/turbopuffer/store_metrics.h"
#include "store/vector_store.h"

namespace layer::store {

// `head_only`: it answers HEAD, so its body is empty and has the size of what GET would give.
// `body_deadline` is what a broken body's error is measured by; `metrics` counts it. `store` and
// `metrics` outlive the answer.
Answer to_answer(http::ClientResponse response, bool head_only, std::string_view store,
                 async::TimePoint body_deadline, StoreMetrics& metrics);

}  // namespace layer::store
