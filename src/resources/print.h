// A resource as JSON: {apiVersion, kind, metadata, spec, status}. Specs hold names of secrets,
// never values, and a spec that was never accepted is left out, because it may hold anything.
// Thread safety: pure functions.
#pragma once

#include <string>

#include "resources/object.h"
#include "resources/status.h"

namespace layer::resources {

std::string print_resource(const Resource& resource, const Status& status);

// "2026-11-22T18:45:00Z", as Kubernetes writes times.
std::string print_time(std::int64_t epoch_ms);

}  // namespace layer::resources
