// HEAD and DELETE /v1/namespaces/{ns}, DELETE /v1/namespaces/{ns}/index
#include <algorithm>
#include <string>

#include "engine/routes/handlers.h"

namespace layer::engine::routes {

Result<wire::Response> legacy_head(Call& call) {
  auto metadata = call.services.catalog.metadata(call.ns);
  if (!metadata) {
    wire::Response missing = error_response(metadata.error());
    missing.body.clear();
    return missing;
  }
  LAYER_ASSIGN(const auto snapshot, call.services.catalog.snapshot(call.ns));
  const auto& attributes = metadata->schema->attributes();
  const auto vector = std::ranges::find(attributes, "vector", &wire::Attribute::name);
  const std::uint32_t dims = vector != attributes.end() ? vector->type.dims : 0;
  wire::Response response = json_response("");
  response.headers = {
      {"x-turbopuffer-dimensions", std::to_string(dims)},
      {"x-turbopuffer-approx-num-vectors", std::to_string(snapshot->documents())},
      {"x-turbopuffer-created-at", wire::to_string(metadata->settings.created_at)},
  };
  return response;
}

Result<wire::Response> legacy_delete(Call& call) {
  LAYER_TRY(call.services.catalog.remove(call.ns));
  return json_response(R"({"status":"ok"})");
}

// Indexes are built and dropped by the engine itself: there is nothing for a client to delete.
Result<wire::Response> legacy_delete_index(Call& call) {
  LAYER_TRY(call.services.catalog.snapshot(call.ns));
  return json_response(R"({"status":"ok"})");
}

}  // namespace layer::engine::routes
