// The queues that workers work on, as far as their supervisor looks at them. Thread safety: any
// loop, concurrently; arguments are taken by value. Errors of every operation: those of the queue.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "async/task.h"
#include "core/error.h"

namespace layer::workers {

class WorkSource {
 public:
  virtual ~WorkSource() = default;
  // What waits, and what is worked on. kNotFound: there is no such queue.
  virtual async::Task<Result<std::uint64_t>> depth(std::string queue) = 0;
  // Ids of the workers that hold leases. Cost: linear in what is leased.
  virtual async::Task<Result<std::set<std::string, std::less<>>>> holders(std::string queue) = 0;
  // Leases of a worker that is no more are over at once: they count as leases that ran out, so that
  // what ends every worker is failed in the end. How many there were.
  virtual async::Task<Result<std::size_t>> release(std::string queue, std::string worker) = 0;
};

}  // namespace layer::workers
