// Where it is told that there is work: for a queue that was idle, or a job that waits. Thread
// safety: pure functions.
#pragma once

#include <string>

namespace layer::queue::postgres {

// Of the queues in a schema; a listener hears which by looking. A hint, as Listener's are.
inline std::string work_channel(const std::string& schema) {
  return schema + "_work";
}

// Of the jobs in a schema: each that comes to wait is told of.
inline std::string jobs_channel(const std::string& schema) {
  return schema + "_jobs";
}

}  // namespace layer::queue::postgres
