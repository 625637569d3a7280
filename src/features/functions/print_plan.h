// A plan as callers see it, with what it leaves out. Thread safety: pure functions.
#pragma once

#include <string>

#include "features/functions/plan.h"

namespace layer::features::functions {

std::string print_plan(const RunPlan& run, const cost::RateCard& card);

}  // namespace layer::features::functions
