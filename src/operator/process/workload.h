// An object whose workers this process runs, and how it goes with them. Thread safety: plain
// values.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "operator/process/desired_count.h"
#include "operator/process/process.h"
#include "operator/process/work_source.h"
#include "operator/process/worker_pool.h"
#include "resources/condition.h"

namespace layer::workers {

struct Workload {
  std::string object;  // "Pipeline/books"; what its status is kept under
  std::string kind;    // "Pipeline"
  std::string name;    // "books"; its workers are books-1, books-2, ...
  std::string queue;
  WorkSource* source = nullptr;  // null: nobody can tell the depth here
  ScalingRules scaling{};
  bool held = false;  // paused, or its text is not accepted: no worker
  // Why no worker can run, if so, in one word and in words.
  std::string refusal{};
  std::string refusal_message{};
  Command command{};                 // without the worker's id
  std::chrono::seconds timeout{30};  // of one batch
};

struct WorkloadState {
  bool leading = true;     // the workers are run here
  bool registered = true;  // before that there are none
  std::uint32_t desired = 0;
  std::uint32_t running = 0;
  std::uint32_t starting = 0;
  std::uint32_t stopping = 0;
  std::optional<std::uint64_t> depth{};
  bool crash_loop = false;
  std::string fault{};  // how the last one failed; empty once one runs

  bool operator==(const WorkloadState&) const = default;
};

// WorkersAvailable, as section 6 of the contract has it.
resources::Condition workers_available(const Workload& workload, const WorkloadState& state);

}  // namespace layer::workers
