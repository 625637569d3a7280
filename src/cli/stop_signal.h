// SIGTERM and SIGINT as a wish to end, for verbs that run until they are told. Thread safety: any
// thread; the handlers are the process's.
#pragma once

#include <chrono>

namespace layer::cli {

// From now on the signals set a flag; a second one ends the process as usual.
void catch_stop_signals();
bool stop_wanted();
// False: the wish came, before or meanwhile.
bool wait_unless_stopped(std::chrono::milliseconds pause);

}  // namespace layer::cli
