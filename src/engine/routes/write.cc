// POST /v2/namespaces/{ns}: rows, filters, schema, copies and branches.
#include "wire/write.h"

#include <memory>
#include <utility>

#include "engine/routes/handlers.h"
#include "wire/print.h"

namespace layer::engine::routes {
namespace {

Result<wire::Response> commit(ns::Catalog& catalog, const std::string& ns,
                              wire::WriteRequest request, const Stopwatch& stopwatch) {
  LAYER_ASSIGN(wire::WriteResponse written, catalog.write(ns, std::move(request)));
  written.server_total_ms = stopwatch.total_ms();
  return json_response(wire::print(written));
}

}  // namespace

Result<wire::Response> write(Call& call) {
  LAYER_ASSIGN(wire::WriteRequest request, wire::parse_write(std::move(call.request.body)));
  if (!request.copy_from_namespace || !call.request.respond_async) {
    return commit(call.services.catalog, call.ns, std::move(request), call.stopwatch);
  }
  // Shared, because a std::function must be copyable.
  const auto shared = std::make_shared<wire::WriteRequest>(std::move(request));
  return call.services.operations.run(call.ns, [&catalog = call.services.catalog, ns = call.ns,
                                                shared, stopwatch = call.stopwatch] {
    return commit(catalog, ns, std::move(*shared), stopwatch);
  });
}

}  // namespace layer::engine::routes
