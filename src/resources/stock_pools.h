// The compute pools that hold while InfraRules names none. Thread safety: pure function.
#pragma once

#include <vector>

#include "resources/kinds.h"

namespace layer::resources {

std::vector<InfraRulesSpec::Pool> stock_pools();

}  // namespace layer::resources
