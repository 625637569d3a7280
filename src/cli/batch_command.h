// One run of a worker's command: lines in, lines out, while somebody looks after leases. Thread
// safety: one thread; forks.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "core/error.h"

namespace layer::cli {

inline constexpr std::size_t kOutputBytesMax = std::size_t{256} << 20U;
inline constexpr std::size_t kStderrTailBytes = 2048;

struct BatchRun {
  int exit_code = 0;  // 128 + signal when one ended it
  bool timed_out = false;
  bool overflowed = false;  // more output than kOutputBytesMax: it was ended
  std::string output{};
  std::string stderr_tail{};  // the last kStderrTailBytes

  bool ok() const { return exit_code == 0 && !timed_out && !overflowed; }
  // "exit code 3: <the tail>", for people.
  std::string why() const;
};

struct BatchLimits {
  std::chrono::milliseconds time_max;
  std::chrono::milliseconds tick_every;
};

// Runs `command` with /bin/sh in a process group of its own, so that a signal to the worker leaves
// the batch to end; what it writes to standard error is passed on. `tick` runs about every
// tick_every; false ends the command. Past time_max it gets SIGTERM, and SIGKILL 5 s later.
// Errors: kIo, it could not be started.
Result<BatchRun> run_batch(const std::string& command, const std::string& input,
                           const BatchLimits& limits, const std::function<bool()>& tick);

}  // namespace layer::cli
