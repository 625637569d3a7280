// GET /v1/namespaces/{ns}/operations/{token}
#include "engine/routes/handlers.h"

namespace layer::engine::routes {

Result<wire::Response> poll_operation(Call& call) {
  return call.services.operations.poll(call.ns, call.token);
}

}  // namespace layer::engine::routes
