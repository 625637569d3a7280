// GET /v1/namespaces/{ns}/hint_cache_warm
#include "engine/routes/handlers.h"

namespace layer::engine::routes {

Result<wire::Response> hint_cache_warm(Call& call) {
  LAYER_TRY(call.services.catalog.snapshot(call.ns));
  // A hint: when there is no room for it, or when it fails, nothing is lost but time.
  call.services.background.run(
      [&catalog = call.services.catalog, ns = call.ns] { static_cast<void>(catalog.warm(ns)); });
  return json_response(R"({"status":"ACCEPTED","message":"cache warm hint accepted"})", 202);
}

}  // namespace layer::engine::routes
