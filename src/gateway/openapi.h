// The OpenAPI 3.1 document of the gateway, made from the route table. Thread safety: pure.
#pragma once

#include <string>

namespace layer::gateway {

// YAML, what api/openapi.yaml holds.
std::string openapi_document();

}  // namespace layer::gateway
