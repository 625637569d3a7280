// DELETE /v2/namespaces/{ns}
#include "engine/routes/handlers.h"

namespace layer::engine::routes {

Result<wire::Response> delete_namespace(Call& call) {
  LAYER_TRY(call.services.catalog.remove(call.ns));
  return json_response(R"({"status":"OK"})");
}

}  // namespace layer::engine::routes
