// Sealed segments carried into the object store, a few at a time. Thread safety: any loop,
// concurrently: a segment is carried by one caller. What it refers to outlives it.
#pragma once

#include <cstddef>

#include "async/cpu_pool.h"
#include "core/log.h"
#include "core/metrics.h"
#include "features/history/spool_writer.h"
#include "objects/object_store.h"

namespace layer::features::history {

class Uploads {
 public:
  static constexpr std::size_t kParallelPuts = 4;

  Uploads(SpoolWriter& spool, objects::ObjectStore& objects, async::CpuPool& pool,
          core::Metrics& metrics);

  // Uploads what waits, at most kParallelPuts segments. How many arrived. Errors: the first one of
  // the object store's; what did not arrive waits again.
  async::Task<Result<std::size_t>> some();

 private:
  async::Task<Result<void>> one(SpoolWriter::Upload& upload);

  SpoolWriter& spool_;
  objects::ObjectStore& objects_;
  async::CpuPool& pool_;
  core::Sample& ok_;
  core::Sample& failed_;
};

}  // namespace layer::features::history
