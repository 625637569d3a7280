#include "gateway/routes/delete_namespace.h"

#include "core/random.h"

namespace layer::gateway {
namespace {

constexpr std::size_t kFingerprintBytes = 8;

}  // namespace

std::string requester_of(const Exchange& exchange) {
  std::string name(exchange.caller_name());
  if (exchange.caller && exchange.caller->is_passthrough()) {
    const auto& digest = exchange.caller->digest();
    name += ':';
    name += core::hex(std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size())
                          .substr(0, kFingerprintBytes));
  }
  return name;
}

async::Task<Result<http::Response>> DeleteNamespace::handle(Exchange& exchange) {
  if (!exchange.ns_valid()) {
    co_return co_await proxy_.handle(exchange);  // no namespace of that name can have state
  }
  const std::string ns(exchange.ns());
  const auto send = [&](store::Call call) -> async::Task<Result<store::Answer>> {
    CacheFence fence(cache_, proxy_);
    co_await fence.raise({.store = std::string(exchange.target.store->name()), .ns = ns},
                         {.opaque = true}, exchange.deadline);
    auto answer = co_await proxy_.send(exchange, std::move(call));
    co_await fence.settle(answer, {});
    co_return answer;
  };
  LAYER_CO_ASSIGN(
      auto deleted,
      co_await deleter_.run({.ns = ns,
                             .physical = exchange.target.physical.value_or(ns),
                             .store = std::string(exchange.store_name()),
                             .requested_by = requester_of(exchange),
                             .may_repeat = !exchange.caller || !exchange.caller->is_passthrough(),
                             .send = [&] {
                               store::Call call = Proxy::make_call(exchange, false);
                               if (exchange.request.body != nullptr &&
                                   exchange.request.body->size() != 0) {
                                 call.stream = exchange.request.body;
                               }
                               return send(std::move(call));
                             }}));
  if (!deleted.deletion_id.empty()) {
    exchange.answer_headers.add("x-layer-deletion-id", deleted.deletion_id);
  }
  co_return proxy_.relay(exchange, std::move(deleted.answer));
}

}  // namespace layer::gateway
