// A kind of job, and what its work sees of the machinery: where it goes on from, where to say how
// far it came, and when to stop. Thread safety: a job's work runs on the runner's loop.
#pragma once

#include <string_view>

#include "async/task.h"
#include "core/error.h"
#include "queue/job.h"

namespace layer::features::jobs {

class JobContext {
 public:
  virtual ~JobContext() = default;

  // What was asked for; `progress` is what was reached last, by whichever gateway.
  virtual const queue::Job& job() const = 0;
  // Work up to here counts, should another one have to go on. Call it after each page: it writes to
  // the store at most once a second. Error: kCancelled, the work is to stop before it changes
  // anything else: somebody cancelled the job, another gateway has it, or this one shuts down.
  virtual async::Task<Result<void>> reached(queue::JobProgress progress) = 0;
  // The work is to stop, as reached() would say.
  virtual bool stopping() const = 0;
};

class JobKind {
 public:
  virtual ~JobKind() = default;

  virtual std::string_view name() const = 0;
  // Does the work from context.job().progress on and returns what was reached at its end. An error
  // that may pass is tried again from there, others fail the job. What the work awaits is cancelled
  // when it is to stop; the context outlives it. It may run for several jobs at the same time.
  virtual async::Task<Result<queue::JobProgress>> run(JobContext& context) = 0;
};

}  // namespace layer::features::jobs
