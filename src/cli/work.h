// Work that is claimed in batches: of a function, or of a pipeline. Thread safety: one thread.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "cli/batch_lines.h"
#include "cli/session.h"

namespace layer::cli {

struct WorkAsk {
  std::string function;  // one of the two
  std::string pipeline;
  std::string worker_id;
  std::uint64_t batch_size = 32;
  std::uint64_t lease_seconds = 120;
  std::uint64_t timeout_seconds = 300;
  std::string stage = "pending";          // of a pipeline
  std::string claim_stage = "embedding";  // of a pipeline
};

struct WorkCounts {
  std::uint64_t done = 0;
  std::uint64_t failed = 0;    // or to be tried again
  std::uint64_t rejected = 0;  // results that came too late
};

class Work {
 public:
  Work() = default;
  virtual ~Work() = default;
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;

  // Claims a batch; `lines` is what the command reads, empty when there is none. Errors: a server
  // that refuses or is away (see Session::failure for the exit code).
  virtual Result<std::string> claim() = 0;
  // How long to wait after a claim that found nothing.
  std::chrono::milliseconds pause() const { return pause_; }
  // Extends the leases of the batch.
  virtual void heartbeat() = 0;
  // Reports what became of each item.
  virtual void settle(const BatchRun& run) = 0;
  // Gives the batch back as it was.
  virtual void release() = 0;
  // The server says there is nothing more to do here.
  bool over() const { return over_; }
  const WorkCounts& counts() const { return counts_; }

 protected:
  std::chrono::milliseconds pause_{2000};
  bool over_ = false;
  WorkCounts counts_;
};

std::unique_ptr<Work> function_work(Session& session, const WorkAsk& ask);
std::unique_ptr<Work> pipeline_work(Session& session, const WorkAsk& ask);

// Sends it again and again while the server is busy or away, for a minute. Errors: it stayed so;
// any other answer is one.
Result<Answer> ask_patiently(const Session& session, std::string_view method,
                             const std::string& target, const std::string& body);
// The same for a claim, on which nothing hangs: given up once the worker is told to end.
Result<Answer> ask_while_wanted(const Session& session, std::string_view method,
                                const std::string& target, const std::string& body);

// Whether a claim that got this answer is of no use later either: the function or pipeline is gone,
// the key is refused. A server that is busy for long ends no worker.
bool refuses_for_good(int status);

}  // namespace layer::cli
