// Results whose job is over for good, removed from the object store (rules J5 and J6 of the
// contract): of jobs that expired, of cancelled ones, and of those that no database knows any more.
// What is there is found by listing it, so that parts of writers that died or came too late go as
// well. Removing is idempotent: any gateway may sweep, several at the same time.
// Thread safety: start() and stop() from a thread that is not the loop's, sweep() on any loop. What
// Parts refers to outlives the sweep, and the loop runs until stop() has returned.
// Cost: a list call for every 1000 objects below jobs/, a look-up for every job among them.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "async/background_loop.h"
#include "core/clock.h"
#include "core/log.h"
#include "objects/object_store.h"
#include "queue/job_store.h"

namespace layer::features::spool {

struct ResultSweepOptions {
  std::chrono::milliseconds every = std::chrono::minutes(10);
  // Results of a job that the database does not know are left alone for so long after the job was
  // made: as long as a job that is known answers at all.
  std::chrono::milliseconds unknown_for = std::chrono::hours(48);
};

class ResultSweep {
 public:
  struct Parts {
    objects::ObjectStore& objects;
    queue::JobStore& jobs;
    const core::Clock& clock;
    core::Logger& log;
    core::Metrics& metrics;
    async::Loop& loop;
  };
  explicit ResultSweep(Parts parts, ResultSweepOptions options = {});

  void start() { turns_.start(); }
  // Idempotent.
  void stop() { turns_.stop(); }

  // Looks at everything once. How many jobs' results were removed. Errors: those of the object
  // store and of the job store, after which the rest is left to the next sweep.
  async::Task<Result<std::size_t>> sweep();

 private:
  async::Task<Result<void>> turn();
  async::Task<Result<bool>> is_over_for_good(std::string job_id);

  Parts parts_;
  const ResultSweepOptions options_;
  async::BackgroundLoop turns_;
};

// The job that an object below jobs/ belongs to; empty: none.
std::string_view job_of(std::string_view key);

}  // namespace layer::features::spool
