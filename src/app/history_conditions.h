// Tells each Index whether its history rules can be followed (condition HistoryConfigured).
// Thread safety: as StatusTable.
#pragma once

#include <vector>

#include "core/log.h"
#include "resources/kinds.h"
#include "resources/object.h"
#include "resources/status.h"

namespace layer::app {

// Cost: compiles the rules of each Index; called when the resources have changed.
void tell_history(const std::vector<resources::Object<resources::IndexSpec>>& indexes,
                  resources::StatusTable& statuses, core::Logger& log);

}  // namespace layer::app
