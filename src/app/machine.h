// What every server process runs on: log, metrics, clocks, event loops, pools. Thread safety: each
// member as its own header says. Made first, destroyed last.
#pragma once

#include "app/config.h"
#include "async/cpu_pool.h"
#include "async/loops.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/metrics.h"

namespace layer::app {

struct Machine {
  explicit Machine(const Config& config)
      : log({.level = config.log_level, .format = config.log_format}),
        loops(config.threads),
        engine_pool({.name = "engine",
                     .threads = config.engine_threads,
                     .queue_max = config.engine_queue_max}) {}

  core::Logger log;
  core::Metrics metrics;
  core::SystemClock clock;
  async::Loops loops;
  async::CpuPool engine_pool;
  async::CpuPool codec_pool{{.name = "codec"}};
  async::CpuPool disk_pool{{.name = "disk"}};
};

}  // namespace layer::app
