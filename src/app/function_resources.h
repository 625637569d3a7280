// What Function resources need of the functions service: the same that PUT and DELETE of
// /v2/udfs/{id} do. Thread safety: free functions; what they return is called on any loop.
#pragma once

#include "app/function_wiring.h"
#include "app/supervisor_wiring.h"

namespace layer::app {

// `functions`: null where they are off; then nothing. It outlives what is returned.
SupervisorWiring::Functions functions_for_resources(FunctionWiring* functions);

}  // namespace layer::app
