// A store's answer to a call of the gateway's own, as the caller's. Thread safety: pure functions.
#pragma once

#include <utility>

#include "http/message.h"
#include "store/vector_store.h"

namespace layer::gateway {

inline http::Response to_response(store::Answer answer) {
  return {.status = answer.status,
          .headers = std::move(answer.headers),
          .body = std::move(answer.body),
          .stream = std::move(answer.stream)};
}

}  // namespace layer::gateway
