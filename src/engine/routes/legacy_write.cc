// POST /v1/namespaces/{ns}
#include "wire/legacy_write.h"

#include <utility>

#include "engine/routes/handlers.h"

namespace layer::engine::routes {

Result<wire::Response> legacy_write(Call& call) {
  LAYER_ASSIGN(wire::WriteRequest request, wire::parse_legacy_write(std::move(call.request.body)));
  LAYER_TRY(call.services.catalog.write(call.ns, std::move(request)));
  return json_response(R"({"status":"OK"})");
}

}  // namespace layer::engine::routes
