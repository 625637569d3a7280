// Items of functions as what workers work on. Thread safety and errors: as WorkSource.
#pragma once

#include <vector>

#include "operator/process/work_source.h"
#include "queue/function_queue.h"

namespace layer::workers {

class FunctionSource final : public WorkSource {
 public:
  // It outlives this.
  explicit FunctionSource(queue::FunctionQueue& queue) : queue_(queue) {}

  async::Task<Result<std::uint64_t>> depth(std::string queue) override;
  async::Task<Result<std::set<std::string, std::less<>>>> holders(std::string queue) override;
  async::Task<Result<std::size_t>> release(std::string queue, std::string worker) override;

 private:
  async::Task<Result<std::vector<queue::Item>>> leased(std::string queue);

  queue::FunctionQueue& queue_;
};

}  // namespace layer::workers
