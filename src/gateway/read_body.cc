#include "gateway/read_body.h"

#include <utility>

#include "gateway/errors.h"
#include "gateway/peeked_body.h"

namespace layer::gateway {

async::Task<Result<std::string>> read_body(Exchange& exchange, std::size_t bytes_max) {
  PeekedBody body(exchange, {.held_bytes_max = bytes_max, .decoded_bytes_max = bytes_max + 1});
  LAYER_CO_TRY(co_await body.read());
  if (!body.whole()) {
    co_return std::unexpected(http::body_too_large(bytes_max));
  }
  co_return std::move(body.text());
}

}  // namespace layer::gateway
