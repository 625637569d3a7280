#include "gateway/routes/opaque_write.h"

#include <utility>

namespace layer::gateway {

async::Task<Result<http::Response>> OpaqueWrite::handle(Exchange& exchange) {
  if (parts_.cache.cache == nullptr || !exchange.ns_valid() || !exchange.is_write()) {
    co_return co_await inner_.handle(exchange);
  }
  const auto settings = parts_.settings.known(exchange.ns());
  CacheFence fence(parts_.cache, parts_.proxy);
  co_await fence.raise({.store = std::string(exchange.target.store->name()),
                        .ns = settings ? settings->logical : std::string(exchange.ns()),
                        .incarnation = settings ? settings->incarnation : 0},
                       {.opaque = true}, exchange.deadline);
  auto response = co_await inner_.handle(exchange);
  Result<store::Answer> answer = store::Answer{};
  if (response) {
    answer->status = response->status;
  } else {
    answer = std::unexpected(response.error());
  }
  co_await fence.settle(answer, {});
  co_return response;
}

}  // namespace layer::gateway
