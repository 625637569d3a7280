// The status of a resource, printed. Thread safety: pure function.
#pragma once

#include <optional>

#include "json/writer.h"
#include "resources/status.h"

namespace layer::gateway {

// {"observedGeneration",...fields,"conditions":[...]}, with "reachable" when it is known and the
// status does not say it itself.
void print_status(json::Writer& out, const resources::Status& status,
                  std::optional<bool> reachable = std::nullopt);

}  // namespace layer::gateway
