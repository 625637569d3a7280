// POST /v2/namespaces/{ns}: rows, filters, schema, copies and branches.
// POST /v2/namespaces/{ns}/async: starts a copy.
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

// The same as work that owns all it needs.
Operations::Work commit_later(const Call& call, wire::WriteRequest request) {
  // Shared, because a std::function must be copyable.
  const auto shared = std::make_shared<wire::WriteRequest>(std::move(request));
  return [&catalog = call.services.catalog, ns = call.ns, shared, stopwatch = call.stopwatch] {
    return commit(catalog, ns, std::move(*shared), stopwatch);
  };
}

}  // namespace

Result<wire::Response> write(Call& call) {
  LAYER_ASSIGN(wire::WriteRequest request, wire::parse_write(std::move(call.request.body)));
  if (!request.copy_from_namespace || !call.request.respond_async) {
    return commit(call.services.catalog, call.ns, std::move(request), call.stopwatch);
  }
  return call.services.operations.run(call.ns, commit_later(call, std::move(request)));
}

Result<wire::Response> start_write(Call& call) {
  LAYER_ASSIGN(wire::WriteRequest request, wire::parse_write(std::move(call.request.body)));
  if (!request.copy_from_namespace) {
    return fail(ErrorCode::kInvalidArgument,
                "💔 only copy_from_namespace can be started in the background");
  }
  return call.services.operations.start(call.ns, commit_later(call, std::move(request)));
}

}  // namespace layer::engine::routes
