// Named places where a test can kill the process, to prove that nothing acknowledged is lost there.
// Always compiled, off unless the environment says LAYER_FAILPOINT="name:count" (the count-th
// arrival dies; several are separated by commas). The names stand beside the code that calls this.
// Thread safety: from many threads. Cost while off: a look at an empty list.
#pragma once

#include <string_view>

namespace layer::core {

// True when this arrival is the one to die at: for places that leave something half done first.
bool failpoint_due(std::string_view name);
// Ends the process at once, as SIGKILL does: no destructors, no flushing.
[[noreturn]] void failpoint_die();

inline void failpoint(std::string_view name) {
  if (failpoint_due(name)) {
    failpoint_die();
  }
}

}  // namespace layer::core
