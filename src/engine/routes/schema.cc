// GET and POST /v1/namespaces/{ns}/schema
#include "wire/schema.h"

#include <utility>

#include "engine/routes/handlers.h"
#include "json/document.h"
#include "wire/print.h"
#include "wire/schema_input.h"

namespace layer::engine::routes {

Result<wire::Response> read_schema(Call& call) {
  LAYER_ASSIGN(const auto snapshot, call.services.catalog.snapshot(call.ns));
  return json_response(wire::print_schema(*snapshot->schema));
}

Result<wire::Response> update_schema(Call& call) {
  LAYER_ASSIGN(const auto document, json::Document::parse(std::move(call.request.body)));
  LAYER_ASSIGN(const auto input,
               wire::parse_schema_input(document.root(), json::Path(document.text())));
  LAYER_ASSIGN(const auto schema, call.services.catalog.update_schema(call.ns, input));
  return json_response(wire::print_schema(*schema));
}

}  // namespace layer::engine::routes
