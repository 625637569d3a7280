// POST /v2/namespaces/{ns}/explain_query
#include <utility>

#include "engine/query/execute.h"
#include "engine/routes/handlers.h"
#include "json/writer.h"
#include "wire/query.h"

namespace layer::engine::routes {

Result<wire::Response> explain_query(Call& call) {
  LAYER_ASSIGN(const wire::Query parsed, wire::parse_query(call.request.body));
  LAYER_ASSIGN(const auto snapshot, call.services.catalog.snapshot(call.ns));
  LAYER_ASSIGN(const std::string plan, query::explain(*snapshot, parsed));
  json::Writer out;
  out.begin_object().member("plan_text", plan).end_object();
  return json_response(std::move(out).take());
}

}  // namespace layer::engine::routes
