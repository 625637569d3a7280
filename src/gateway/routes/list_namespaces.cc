#include "gateway/routes/list_namespaces.h"

#include <utility>

#include <fmt/format.h>

#include "features/namespaces/names.h"
#include "features/namespaces/upstream.h"
#include "gateway/auth/authorise.h"
#include "gateway/errors.h"
#include "gateway/percent.h"
#include "gateway/routes/store_answer.h"

namespace layer::gateway {

namespace namespaces = features::namespaces;

std::string read_fingerprint(const Caller& caller) {
  const Grants& grants = caller.grants();
  auto out = fmt::format("{}{}", caller.is_passthrough() ? 'p' : '-',
                         grants.everywhere.allow(Scope::kRead) ? 'r' : '-');
  for (const auto& [store, right] : grants.stores) {
    if (!right.scopes.allow(Scope::kRead)) {
      continue;
    }
    // Lengths keep names apart that hold each other's separators.
    out += fmt::format(" {}:{}", store.size(), store);
    for (const Glob& glob : right.namespaces) {
      out += fmt::format(" {}={}", glob.pattern().size(), glob.pattern());
    }
  }
  return out;
}

async::Task<Result<http::Response>> ListNamespaces::handle(Exchange& exchange) {
  const auto query = exchange.request.query();
  const Caller& caller = *exchange.caller;
  namespaces::ListQuery wanted{.prefix = query_parameter(query, "prefix").value_or(""),
                               .cursor = query_parameter(query, "cursor").value_or(""),
                               .grant = read_fingerprint(caller),
                               .deadline = exchange.deadline};
  const auto size = namespaces::parse_page_size(query_parameter(query, "page_size").value_or(""));
  if (!size) {
    co_return std::unexpected(validation_error("page_size", size.error().message));
  }
  wanted.page_size = *size;
  const namespaces::MayRead readable = [&](const store::VectorStore& store, std::string_view ns) {
    return may_read(caller, store.name(), ns);
  };
  LAYER_CO_ASSIGN(auto answer, co_await list_.list(std::move(wanted), readable));
  exchange.upstream += answer.waited;
  if (answer.status != 200) {
    exchange.relayed_status = answer.status;
  }
  co_return to_response(std::move(answer));
}

async::Task<Result<http::Response>> ListNames::handle(Exchange& exchange) {
  const Caller& caller = *exchange.caller;
  const std::string_view store = exchange.store_name();
  if (exchange.request.method == "HEAD" || caller.is_passthrough() || may_read(caller, store, {})) {
    co_return co_await proxy_.handle(exchange);
  }
  auto call = Proxy::make_call(exchange, false);
  call.headers.set("accept-encoding", "identity");
  LAYER_CO_ASSIGN(auto answer, co_await proxy_.send(exchange, std::move(call)));
  if (answer.status != 200) {
    co_return proxy_.relay(exchange, std::move(answer));
  }
  LAYER_CO_TRY(co_await namespaces::collect(answer, namespaces::kUpstreamBodyBytesMax));
  const auto table = router_.table();
  const auto keep = [&](std::string_view name) {
    const auto logical = table->logical_name(*exchange.target.store, name);
    return may_read(caller, store, name) || (logical && may_read(caller, store, *logical));
  };
  LAYER_CO_ASSIGN(answer.body, namespaces::filter_names(std::move(answer.body), keep));
  co_return proxy_.relay(exchange, std::move(answer));
}

}  // namespace layer::gateway
