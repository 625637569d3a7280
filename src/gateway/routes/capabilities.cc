#include "gateway/routes/capabilities.h"

#include <utility>

#include <fmt/format.h>

#include "features/capabilities/report.h"
#include "features/namespaces/settings.h"
#include "features/namespaces/upstream.h"
#include "gateway/percent.h"
#include "gateway/routes/store_answer.h"
#include "gateway/routes/vectorstores.h"

namespace layer::gateway {

namespace capabilities = features::capabilities;
namespace namespaces = features::namespaces;

async::Task<Result<http::Response>> StoreCapabilities::handle(Exchange& exchange) {
  const auto name = percent_decode(exchange.match.params[0]);
  const auto* store = stores_.find(name);
  if (store == nullptr || !sees_store(*exchange.caller, name)) {
    co_return std::unexpected(no_such_store(name));
  }
  co_return http::json_response(200, capabilities::store_report(*store, deployment_));
}

async::Task<Result<http::Response>> NamespaceCapabilities::handle(Exchange& exchange) {
  const auto table = parts_.router.table();
  LAYER_CO_ASSIGN(const auto route, table->find(exchange.ns()));
  LAYER_CO_ASSIGN(auto answer, co_await namespaces::read_from(
                                   *route.store, namespaces::metadata_target(route.physical),
                                   exchange.caller->authorization(), exchange.deadline));
  exchange.upstream += answer.waited;
  if (answer.status == 404) {
    co_return fail(ErrorCode::kNotFound, fmt::format("there is no namespace '{}'", exchange.ns()));
  }
  if (answer.status != 200) {
    exchange.relayed_status = answer.status;
    co_return to_response(std::move(answer));
  }
  capabilities::NamespaceTraits traits{.stamp = parts_.stamp && namespaces::settings(route).stamp};
  LAYER_CO_ASSIGN(traits.metadata, namespaces::parse_metadata(answer.body));
  co_return http::json_response(
      200, capabilities::namespace_report(*route.store, parts_.deployment, traits));
}

}  // namespace layer::gateway
