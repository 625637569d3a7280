// Workers as child processes. What they print goes line by line into the log, with the worker's id,
// and into a bounded file of its own below a folder: FOLDER/pipeline-books-1.log.
#pragma once

#include <filesystem>

#include "async/cpu_pool.h"
#include "core/log.h"
#include "operator/process/launcher.h"

namespace layer::workers {

class ProcessLauncher final : public Launcher {
 public:
  struct Parts {
    async::Loop& loop;  // of its callers
    core::Logger& log;
    // Starts processes and writes files. Of one thread, which ends after all workers: they end with
    // it.
    async::CpuPool& pool;
    std::filesystem::path folder;
  };
  // What it refers to outlives it and its workers.
  explicit ProcessLauncher(Parts parts) : parts_(std::move(parts)) {}

  async::Task<Result<std::unique_ptr<Worker>>> launch(Command command, std::string object,
                                                      std::string worker) override;

 private:
  Parts parts_;
};

}  // namespace layer::workers
