// POST /v2/namespaces/{ns}/query
#include "wire/query.h"

#include "engine/query/execute.h"
#include "engine/routes/handlers.h"
#include "wire/print.h"

namespace layer::engine::routes {

Result<wire::Response> query(Call& call) {
  LAYER_ASSIGN(const wire::Query parsed, wire::parse_query(call.request.body));
  LAYER_ASSIGN(const auto snapshot, call.services.catalog.snapshot(call.ns));
  LAYER_ASSIGN(wire::QueryResponse answer, query::execute(*snapshot, parsed, call.services.crew));
  answer.performance.server_total_ms = call.stopwatch.total_ms();
  return json_response(wire::print(answer));
}

}  // namespace layer::engine::routes
