#include "gateway/routes/opaque_write.h"

#include <utility>

namespace layer::gateway {

cache::CachedNamespace OpaqueWrite::cached(const Exchange& exchange) const {
  const auto settings = parts_.settings.known(exchange.ns());
  return {.store = std::string(exchange.target.store->name()),
          .ns = settings ? settings->logical : std::string(exchange.ns()),
          .incarnation = settings ? settings->incarnation : 0};
}

async::Task<Result<http::Response>> OpaqueWrite::poll(Exchange& exchange) {
  auto response = co_await inner_.handle(exchange);
  constexpr int kOver = 200;
  if (response && response->status == kOver) {
    co_await parts_.cache.cache->forget(cached(exchange));
  }
  co_return response;
}

async::Task<Result<http::Response>> OpaqueWrite::handle(Exchange& exchange) {
  if (!exchange.ns_valid()) {
    co_return co_await inner_.handle(exchange);
  }
  if (exchange.is_write()) {
    features::freshness::WriteInFlight in_flight(parts_.watch, cached(exchange).ns);
    auto response = co_await write(exchange);
    const bool refused = response && response->status >= 400 && response->status < 500;
    in_flight.end(!refused);
    co_return response;
  }
  co_return co_await (parts_.cache.cache == nullptr ? inner_.handle(exchange) : poll(exchange));
}

async::Task<Result<http::Response>> OpaqueWrite::write(Exchange& exchange) {
  if (parts_.cache.cache == nullptr) {
    co_return co_await inner_.handle(exchange);
  }
  CacheFence fence(parts_.cache, parts_.proxy);
  co_await fence.raise(cached(exchange), {.opaque = true}, exchange.deadline);
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
