// Workers as the supervisor sees them: something that is launched, told to end, and ends. The real
// ones are child processes (process_launcher.h); tests have their own.
#pragma once

#include <memory>
#include <string>

#include "async/task.h"
#include "core/error.h"
#include "operator/process/process.h"

namespace layer::workers {

// Thread safety: one loop.
class Worker {
 public:
  virtual ~Worker() = default;
  // SIGTERM, SIGKILL. Of one that has ended: nothing.
  virtual void signal(int number) = 0;
  // Completes when the process has ended and what it printed is kept. Once.
  virtual async::Task<Exit> ended() = 0;
};

class Launcher {
 public:
  virtual ~Launcher() = default;
  // `object` is "Pipeline/books", `worker` its worker's id. Errors: those of start_process.
  virtual async::Task<Result<std::unique_ptr<Worker>>> launch(Command command, std::string object,
                                                              std::string worker) = 0;
};

}  // namespace layer::workers
