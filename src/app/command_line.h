// The command line: which verbs there are, what they take, what their exit code is. Thread safety:
// one call.
#pragma once

#include "app/process.h"

namespace layer::app {

// 0 ok, 1 failure, 2 usage or configuration; client verbs also 3 not found, 4 refused, 5 timeout.
int run(int argc, char** argv, const OpenEngine& open_engine);

}  // namespace layer::app
